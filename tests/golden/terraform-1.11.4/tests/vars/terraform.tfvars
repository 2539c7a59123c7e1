undeclared = "u"
