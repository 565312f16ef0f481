//! Pieces that hang together over voxel faces.

use ossein_geom::Volume;

/// Calls `visit` with the voxels of each piece of equal-natured voxels for which `belongs` holds.
fn for_each_piece<T: Copy>(
    volume: &Volume<T>,
    belongs: impl Fn(T) -> bool,
    mut visit: impl FnMut(&[u32]),
) {
    let [ni, nj, nk] = volume.grid.size;
    let mut seen = vec![false; volume.values.len()];
    let mut piece: Vec<u32> = Vec::new();
    for start in 0..volume.values.len() {
        if seen[start] || !belongs(volume.values[start]) {
            continue;
        }
        seen[start] = true;
        piece.clear();
        piece.push(start as u32);
        let mut head = 0;
        while head < piece.len() {
            let n = piece[head] as usize;
            head += 1;
            let (i, j, k) = (n % ni, n / ni % nj, n / (ni * nj));
            let mut reach = |inside: bool, next: usize| {
                if inside && !seen[next] && belongs(volume.values[next]) {
                    seen[next] = true;
                    piece.push(next as u32);
                }
            };
            reach(i > 0, n.wrapping_sub(1));
            reach(i + 1 < ni, n + 1);
            reach(j > 0, n.wrapping_sub(ni));
            reach(j + 1 < nj, n + ni);
            reach(k > 0, n.wrapping_sub(ni * nj));
            reach(k + 1 < nk, n + ni * nj);
        }
        visit(&piece);
    }
}

/// Clears pieces of ones with fewer than `voxel_count_min` voxels.
pub fn keep_large(mask: &mut Volume<u8>, voxel_count_min: usize) {
    let mut small = Vec::new();
    for_each_piece(
        mask,
        |v| v == 1,
        |piece| {
            if piece.len() < voxel_count_min {
                small.extend_from_slice(piece);
            }
        },
    );
    for n in small {
        mask.values[n as usize] = 0;
    }
}

/// Keeps the pieces of `label` with at least a tenth of its largest one; the others become
/// `rest`.
pub fn keep_main(labels: &mut Volume<u16>, label: u16, rest: u16) {
    let mut largest = 0;
    for_each_piece(labels, |v| v == label, |piece| largest = largest.max(piece.len()));
    let mut lost = Vec::new();
    for_each_piece(
        labels,
        |v| v == label,
        |piece| {
            if piece.len() * 10 < largest {
                lost.extend_from_slice(piece);
            }
        },
    );
    for n in lost {
        labels.values[n as usize] = rest;
    }
}
