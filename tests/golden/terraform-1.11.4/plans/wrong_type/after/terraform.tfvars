typed = "x"
list = [{ a = "y" }]
