//! Folders, images and the program, for all tests that call it.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// A folder that goes when its test ends.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ossein-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::write(self.0.join(name), bytes).unwrap();
        self
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs the program; standard output as JSON where there is any, and standard error.
#[track_caller]
pub fn ossein(arguments: &[&str], status: i32) -> (Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ossein"));
    let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{said}");
    (serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), said)
}

/// What the program prints for people.
#[track_caller]
pub fn printed(arguments: &[&str], status: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ossein"));
    let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// An `.npy` image of bytes, x fastest.
pub fn npy(size: [usize; 3], values: &[u8]) -> Vec<u8> {
    let [i, j, k] = size;
    let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({k}, {j}, {i}), }}");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    [bytes, text.into_bytes(), values.to_vec()].concat()
}

/// One slice of 4 x 4 grey bytes as a TIFF file.
pub fn tiff(values: [u8; 16]) -> Vec<u8> {
    let tags: [[u32; 2]; 8] =
        [[256, 4], [257, 4], [258, 8], [259, 1], [262, 1], [273, 8], [278, 4], [279, 16]];
    let mut bytes = b"II\x2a\x00".to_vec();
    bytes.extend(24u32.to_le_bytes());
    bytes.extend(values);
    bytes.extend((tags.len() as u16).to_le_bytes());
    for [tag, value] in tags {
        bytes.extend((tag as u16).to_le_bytes());
        bytes.extend(4u16.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(0u32.to_le_bytes());
    bytes
}

/// Boxes as an STL file, each from its lowest to its highest corner.
pub fn stl(boxes: &[[[f64; 3]; 2]]) -> String {
    let mut text = String::from("solid boxes\n");
    for [low, high] in boxes {
        for axis in 0..3 {
            for end in [0.0, 1.0] {
                let corner = |u: f64, v: f64| {
                    let mut p = [0.0; 3];
                    (p[axis], p[(axis + 1) % 3], p[(axis + 2) % 3]) = (end, u, v);
                    [0, 1, 2].map(|a| low[a] + p[a] * (high[a] - low[a]))
                };
                let mut quad = [corner(0., 0.), corner(1., 0.), corner(1., 1.), corner(0., 1.)];
                if end == 0.0 {
                    quad.reverse();
                }
                for triangle in [[0, 1, 2], [0, 2, 3]] {
                    text += "facet normal 0 0 0\nouter loop\n";
                    for [x, y, z] in triangle.map(|n: usize| quad[n]) {
                        writeln!(text, "vertex {x} {y} {z}").unwrap();
                    }
                    text += "endloop\nendfacet\n";
                }
            }
        }
    }
    text + "endsolid boxes\n"
}
