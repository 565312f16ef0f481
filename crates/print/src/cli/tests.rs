//! What is written is read back, and no bytes make the reader panic.

use ossein_geom::{Contour, Layer};

use super::*;
use crate::ridge::CentreLine;
use crate::scan::{Scan, Skin};

const ALL: [Encoding; 3] = [Encoding::Ascii, Encoding::Binary, Encoding::BinaryShort];

fn header() -> Header {
    Header { label: "part 1".into(), layer_count: 2, dimension_mm: [[0.0; 3], [4.0, 4.0, 1.0]] }
}

fn contours() -> Vec<Contour> {
    let outer = vec![[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]];
    let hole = vec![[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 1.0]];
    [outer, hole].map(|points| Contour { points }).to_vec()
}

fn layers() -> Vec<Layer> {
    vec![Layer { z_mm: 0.5, contours: contours() }, Layer { z_mm: 1.0, contours: Vec::new() }]
}

fn scan() -> Scan {
    let line = CentreLine { points: vec![[0.5, 0.25], [0.5, 3.0]], width_mm_min: 0.1 };
    Scan {
        layer_index: 0,
        z_mm: 0.5,
        outline: contours(),
        passes: vec![contours()],
        centre_lines: vec![line],
        hatches: vec![
            (Skin::Down, vec![[[0.0, 0.5], [4.0, 0.5]]]),
            (Skin::Core, vec![[[0.0, 0.5], [4.0, 0.5]], [[4.0, 1.5], [0.0, 1.5]]]),
        ],
    }
}

fn written(encoding: Encoding) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), encoding, &header()).unwrap();
    layers().iter().for_each(|layer| writer.layer(layer).unwrap());
    writer.finish().unwrap()
}

fn written_scan(encoding: Encoding) -> Vec<u8> {
    let mut writer = Writer::for_scans(Vec::new(), encoding, &header()).unwrap();
    writer.scan(&scan()).unwrap();
    writer.finish().unwrap()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn what_is_written_is_read_back() {
    for encoding in ALL {
        let read: Vec<Layer> =
            read(&written(encoding)).unwrap().iter().map(Record::layer).collect();
        for (read, layer) in read.iter().zip(layers()) {
            assert!(close(read.z_mm, layer.z_mm), "{encoding:?}");
            assert_eq!(read.contours, layer.contours, "{encoding:?}");
        }
        assert_eq!(read.len(), 2);
    }
}

#[test]
fn scans_are_read_back() {
    for encoding in ALL {
        let records = read(&written_scan(encoding)).unwrap();
        assert_eq!(records.len(), 1, "{encoding:?}");
        let record = &records[0];
        let lines: Vec<_> = record.polylines.iter().map(|p| (p.id, p.direction)).collect();
        let expected = [
            (id::CONTOUR, Direction::CounterClockwise),
            (id::CONTOUR, Direction::Clockwise),
            (id::CONTOUR, Direction::Open),
        ];
        assert_eq!(lines, expected, "{encoding:?}");
        assert_eq!(record.polylines[2].points, scan().centre_lines[0].points);
        let hatches: Vec<_> = record.hatches.iter().map(|h| (h.id, h.vectors.clone())).collect();
        let scan = scan();
        assert_eq!(
            hatches,
            [(id::DOWN_SKIN, scan.hatches[0].1.clone()), (id::CORE, scan.hatches[1].1.clone())],
            "{encoding:?}"
        );
    }
}

#[test]
fn short_numbers_halve_the_file_and_refuse_what_they_cannot_hold() {
    let (long, short) = (written_scan(Encoding::Binary), written_scan(Encoding::BinaryShort));
    let body = |bytes: &[u8]| {
        let end = b"$$HEADEREND";
        bytes.len() - bytes.windows(end.len()).position(|w| w == end).unwrap() - end.len()
    };
    // The two bytes of each of the six commands stay.
    assert_eq!(2 * body(&short), body(&long) + 2 * 6);
    let mut negative = header();
    negative.dimension_mm[0][0] = -0.5;
    assert!(Writer::new(Vec::new(), Encoding::BinaryShort, &negative).is_err());
    let mut writer = Writer::new(Vec::new(), Encoding::BinaryShort, &header()).unwrap();
    let points = vec![[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
    let outside = Layer { z_mm: 0.1, contours: vec![Contour { points }] };
    assert!(writer.layer(&outside).is_err());
}

#[test]
fn damaged_files_are_refused_and_none_panics() {
    for encoding in ALL {
        for good in [written(encoding), written_scan(encoding)] {
            for length in 0..good.len() {
                let _ = read(&good[..length]);
            }
            for place in 0..good.len() {
                let mut bad = good.clone();
                bad[place] ^= 0xA5;
                let _ = read(&bad);
            }
            if encoding != Encoding::Ascii {
                let cut = &good[..good.len() - 3];
                assert!(matches!(read(cut), Err(CliError::Binary { .. })), "{encoding:?}");
            }
        }
    }
    assert_eq!(read(b"solid").unwrap_err(), CliError::Header("$$HEADEREND"));
}
