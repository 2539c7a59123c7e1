//! The functions of the Terraform language, one file per family.
