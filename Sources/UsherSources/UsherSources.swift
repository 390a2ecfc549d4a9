// UsherSources
