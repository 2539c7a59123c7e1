region="eu"
tags={
a="b"
ccc="d"
}
list=["a",
"b"]
