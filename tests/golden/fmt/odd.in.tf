a = [
]
b = {
}
c = [ 1,
2 ]
d = f(
)
e = f(a,
b,
c)
g = [
  for x in y :
  x
  if z
]
h = {
  for k, v in y :
  k => v
}
i = (a ? b
: c)
j = "${a}"


k = "x"
l = {

  a = 1


  b = 2

}
m {
  a = 1

  n {
  }
  o {}
  p { q = 1 }
  r = {}
  ss = {}
}
t = [
  {
    a = 1
  },
  {
    b = 2
  }]
u = [{ a = 1 }, { b = 2
}]
v = a["${b}"]
w = {
  "${a}" = 1
  (b) = 2
  c.d = 3
}
x = "a\n${b}\t"
z = f(x...)
