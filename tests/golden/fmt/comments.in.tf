  # lead
# lead 2

  /* block */ a = 1
b = /* inline */ 2
c = 3 /* end */
d = 4 /* end */ # more
eeee = 5 # five
   // alone
f = 6 // six
g = [ # after bracket
1, # one
22, # two
/* x */ 3
] # after close
h = {# brace
a=1# a
bbbb=2 # b
# alone in object
}# end
resource "a" "b" { # block
x = 1 # x
} # end block


# many blank lines above


i = f(1 /* x */,2)
#no space
#### hashes ####
