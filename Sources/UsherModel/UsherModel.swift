// UsherModel
