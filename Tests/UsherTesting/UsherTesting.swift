// UsherTesting: what the tests of all targets share: golden files, temporary folders, rehearsals. Linked into tests only.
