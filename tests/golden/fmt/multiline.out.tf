locals {
  a = [
    1,
    2, # two
    3, # three
  ]
  b = {
    x    = 1
    yyyy = 2 # c1
    "z"  = 3 // c2
    w : 4
  }
  c = f(
    1,
    {
      a  = 1
      bb = 2
    }
  )
  d = f({
    a = 1
    bb = [
    1]
  })
  e = [for x in y : {
    a   = x
    bbb = x
  }]
  ff = [{
    a = 1 }, {
  b = 2 }]
  ggg = a ? {
    x = 1 } : {
    y = 2
  }
  h = (
    a &&
    b
  )
  i = (a
  && b)
  jjjjjjjj = 1
  k = [[[
    1
  ]]]
  l = [[
    1
    ],
    [
  2]]
  m = {
    a = {
      b = {
        c = 1
  } } }
  n = 1
}
