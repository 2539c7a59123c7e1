locals {
  a = <<EOT
  hello
    ${world}
%{if x~}
 y
%{endif}
EOT
  bb = <<-EOT
      x
        y
      ${f({ a = 1
b = 2 })}
    EOT
c = f(<<EOT
x
EOT
, 1)
d = {
  x    = <<EOT
 text
EOT
  yyyy = 1
}
e = [<<A
1
A
  , <<B
2
B
]
g  = 1 # c
hh = 2 #d
}
