//! Tells cargo that the rules are part of a release's binary: the macro that embeds them does not notice a new file. A
//! debug build reads them from the working tree and need not be built again.

fn main() {
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!("cargo::rerun-if-changed={}", if is_release { "rules" } else { "build.rs" });
}
