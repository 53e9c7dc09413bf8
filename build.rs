//! Packs data that is too large to lie in the binary as it is (models of AWS's services, names that AWS publishes, the sample account), and tells
//! cargo which other data a release holds: the macro that embeds them does not notice a new file. A debug build reads all
//! of it from the working tree and need not be built again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Where the packed files lie.
const PACKED: [&str; 3] = ["src/aws/models", "src/collect/published.txt", "fixtures/demo.ndjson"];
/// What is embedded as it is.
const EMBEDDED: [&str; 2] = ["rules", "src/collect/kinds"];
/// As small as it gets: packing takes a second, once for each release.
const LEVEL: i32 = 19;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut table = "&[\n".to_owned();
    if is_release {
        PACKED.iter().chain(&EMBEDDED).for_each(|path| println!("cargo::rerun-if-changed={path}"));
        for path in PACKED.iter().flat_map(|path| files(Path::new(path))) {
            let name = path.display().to_string().replace('\\', "/");
            let packed = folder.join(name.replace('/', "_") + ".zst");
            fs::write(&packed, zstd::bulk::compress(&fs::read(&path)?, LEVEL)?)?;
            let size = fs::metadata(&path)?.len();
            let _ = writeln!(table, "    ({name:?}, {size}, include_bytes!({packed:?})),");
        }
    }
    fs::write(folder.join("packed.rs"), table + "]\n")
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    files
}
