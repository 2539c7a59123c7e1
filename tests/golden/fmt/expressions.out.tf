locals {
  a  = -1
  b  = 1 - 2
  c  = 1 - -2
  d  = !true
  e  = !(a && b) || c
  f  = a ? b : c
  g  = a[0]
  h  = a[0]
  i  = a.b.c
  j  = a.*.b
  k  = a[*].b
  l  = f(1, 2, 3...)
  m  = f(x)
  n  = provider::a::f(1)
  o  = []
  p  = {}
  q  = { a = 1, b : 2 }
  r  = { "a" : 1, (b) = 2 }
  s  = [for x in [1, 2] : x]
  t  = [for x in y : x if x != 1]
  u  = { for k, v in y : k => v... }
  v  = "${a}b${c}"
  w  = a
  x  = a
  y  = "%{if a}b%{else}c%{endif}"
  z  = { a = 1 }.a
  aa = [1][0]
  ab = (1 + 2) * 3 / 4 % 5
  ac = a < b && c > d || e <= f && g >= h
  ad = a == b
  ae = a != b
  af = [-1, -a, (-1), { a = -1 }]
  ag = f(-1)
  ah = a ? -1 : -2
  ai = a ? b : c ? d : e
  aj = 1.5e3
  ak = a.0.b
  al = a["b"]["c"]
  am = a[b[c]]
  an = f(a)[0].b
  ao = [1][0]
  ap = { a = 1 }["a"]
  aq = "a"
  ar = f("${x}")
  as = f("x")
  at = a
  au = a
  av = a
  aw = (a ?
    b :
  c)
  ax = (
    a
  )
  ay = "a${b}"
  az = "${b}a"
  ba = "$${b}"
  bb = "${b}${c}"
}
