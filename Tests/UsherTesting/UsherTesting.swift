// UsherTesting: support shared by the tests of all targets: golden files, temporary folders, servers, rehearsals.
// Linked into tests only.
