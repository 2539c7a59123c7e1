variable "x" { default = 1 }
locals { l = 1 }
module "m" { source = "./m" }
