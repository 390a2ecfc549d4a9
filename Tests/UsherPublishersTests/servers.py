"""Serves a folder until standard input ends; the first line of output is the port.

servers.py webdav FOLDER USER PASSWORD   WsgiDAV: entity tags, conditions, collections, Basic authentication
servers.py nginx FOLDER                  nginx with its own WebDAV module: plain PUT, and entity tags for readers
servers.py radicale FOLDER USER PASSWORD Radicale: CalDAV, behind Basic authentication
servers.py s3 BUCKET                     moto: S3 that checks signatures; behind the port, an access key and its secret
"""
import os, socket, subprocess, sys, tempfile, threading, time

kind, folder = sys.argv[1], os.path.abspath(sys.argv[2])
line = ""


def free_port():
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


def wait(port):
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
    sys.exit("it does not start")


port = free_port()
if kind == "webdav":
    import logging
    from cheroot import wsgi
    from wsgidav.wsgidav_app import WsgiDAVApp

    logging.disable(logging.CRITICAL)
    app = WsgiDAVApp({"provider_mapping": {"/": folder}, "verbose": 0, "logging": {"enable": False},
                      "simple_dc": {"user_mapping": {"*": {sys.argv[3]: {"password": sys.argv[4]}}}},
                      "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False}})
    server = wsgi.Server(("127.0.0.1", port), app)
    threading.Thread(target=server.start, daemon=True).start()
    stop = server.stop
elif kind == "radicale":
    users = f"{folder}.users"
    with open(users, "w") as file:
        file.write(f"{sys.argv[3]}:{sys.argv[4]}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "radicale", "--server-hosts", f"127.0.0.1:{port}", "--storage-filesystem-folder", folder,
         "--auth-type", "htpasswd", "--auth-htpasswd-filename", users, "--auth-htpasswd-encryption", "plain",
         "--auth-delay", "0", "--logging-level", "error"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop():
        process.terminate()
        process.wait()
elif kind == "s3":
    # The first four calls are free; what follows must be signed by a key that a policy allows it.
    os.environ.update(INITIAL_NO_AUTH_ACTION_COUNT="4", AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none",
                      AWS_DEFAULT_REGION="eu-central-1")
    import logging
    import boto3
    from moto.server import ThreadedMotoServer

    logging.disable(logging.CRITICAL)
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    wait(port)
    options = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "eu-central-1"}
    iam = boto3.client("iam", **options)
    iam.create_user(UserName="usher")
    key = iam.create_access_key(UserName="usher")["AccessKey"]
    allowed = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    iam.put_user_policy(UserName="usher", PolicyName="s3", PolicyDocument=allowed)
    boto3.client("s3", **options).create_bucket(
        Bucket=sys.argv[2], CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    line = f" {key['AccessKeyId']} {key['SecretAccessKey']}"
    stop = server.stop
else:
    state = tempfile.mkdtemp(prefix="usher-nginx-")
    user = "user root;" if os.getuid() == 0 else ""
    with open(f"{state}/nginx.conf", "w") as file:
        file.write(f"""daemon off; pid {state}/pid; error_log {state}/error.log; {user}
events {{}}
http {{
  access_log off; client_body_temp_path {state}/body; proxy_temp_path {state}/proxy; fastcgi_temp_path {state}/fastcgi;
  uwsgi_temp_path {state}/uwsgi; scgi_temp_path {state}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}; location / {{ dav_methods PUT DELETE MKCOL; }} }}
}}
""")
    process = subprocess.Popen(["/usr/sbin/nginx", "-p", state, "-c", f"{state}/nginx.conf"], stderr=subprocess.DEVNULL)

    def stop():
        process.terminate()
        process.wait()

wait(port)
print(f"{port}{line}", flush=True)
sys.stdin.read()
stop()
