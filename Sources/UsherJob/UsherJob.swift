// UsherJob
