"""Holds job files against the JSON Schema: schema.py SCHEMA FOLDER… -- FOLDER…: the first must pass, the others must not."""
import glob, json, sys
import jsonschema, yaml


class Texts(yaml.SafeLoader):
    """YAML 1.2 as the parser reads it: yes, no and dates are texts."""


Texts.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers if tag.split(":")[-1] in ("int", "null")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Texts.add_implicit_resolver("tag:yaml.org,2002:bool", __import__("re").compile("^(?:true|false)$"), list("tf"))

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
split = sys.argv.index("--")
counts, wrong = {"accepted": 0, "rejected": 0}, []
for verdict, folders in (("accepted", sys.argv[2:split]), ("rejected", sys.argv[split + 1:])):
    for folder in folders:
        for name in sorted(glob.glob(f"{folder}/*.yaml")):
            counts[verdict] += 1
            errors = [error.message for error in validator.iter_errors(yaml.load(open(name), Texts))]
            if bool(errors) != (verdict == "rejected"):
                wrong.append(f"{name}: should be {verdict}: {errors[:2]}")
for line in wrong:
    print(line)
for verdict, count in counts.items():
    print(f"{verdict} {count} files")
sys.exit(1 if wrong or not all(counts.values()) else 0)
