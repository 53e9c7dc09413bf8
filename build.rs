//! Tells cargo that the rules are part of the binary: `include_dir!` alone does not notice a new file.

fn main() {
    println!("cargo::rerun-if-changed=rules");
}
