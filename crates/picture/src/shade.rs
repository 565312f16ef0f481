//! From what samples see to light.

use std::sync::atomic::Ordering;

use ossein_geom::{Cancelled, Frame, Job, TriMesh};
use rayon::prelude::*;

use crate::color::{self, Rgb};
use crate::image::Image;
use crate::occlusion;
use crate::raster::{self, Lens, NOTHING, SAMPLES, Seen, Traced};
use crate::scene::{Scene, Surface};

pub(crate) type Vec3 = [f32; 3];

pub(crate) fn dot(a: Vec3, b: Vec3) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn unit(v: Vec3) -> Vec3 {
    let norm = dot(v, v).sqrt();
    if norm > 0.0 { v.map(|c| c / norm) } else { [0.0, 0.0, -1.0] }
}

/// A corner whose smooth normal is farther than 37 degrees from its triangle's is a sharp edge.
const SHARP: f32 = 0.8;

/// What the eye needs to know of a mesh: normals point outwards, seen from the eye.
struct Skin<'a> {
    normals: Vec<Vec3>,
    surface: Surface<'a>,
    alpha: f32,
}

/// Area-weighted normals at the vertices.
fn vertex_normals<F: Frame>(mesh: &TriMesh<F>, lens: &Lens<F>) -> Vec<Vec3> {
    let mut sums = vec![[0.0f32; 3]; mesh.vertices.len()];
    for triangle in &mesh.triangles {
        let Some(n) = normal(mesh, triangle, lens) else { continue };
        for &v in triangle {
            let sum = &mut sums[v as usize];
            for a in 0..3 {
                sum[a] += n[a];
            }
        }
    }
    sums.par_iter_mut().with_min_len(4096).for_each(|n| *n = unit(*n));
    sums
}

fn normal<F: Frame>(mesh: &TriMesh<F>, triangle: &[u32; 3], lens: &Lens<F>) -> Option<Vec3> {
    let corner = |n: usize| mesh.vertices.get(triangle[n] as usize).copied();
    let (a, b, c) = (corner(0)?, corner(1)?, corner(2)?);
    Some(lens.turn((b - a).cross(c - a)))
}

struct Shader<'a, F: Frame> {
    scene: &'a Scene<'a, F>,
    lens: &'a Lens<F>,
    traced: &'a Traced,
    skins: Vec<Skin<'a>>,
}

/// Draws what was traced.
pub(crate) fn shade<F: Frame>(
    scene: &Scene<F>,
    lens: &Lens<F>,
    traced: &Traced,
    image: &mut Image,
    job: &Job,
) -> Result<(), Cancelled> {
    let mut skins = Vec::new();
    for item in &scene.items {
        job.step(0, 1)?;
        let normals = if item.smooth { vertex_normals(item.mesh, lens) } else { Vec::new() };
        skins.push(Skin { normals, surface: item.surface, alpha: item.alpha.clamp(0.0, 1.0) });
    }
    let shader = Shader { scene, lens, traced, skins };
    let depths = shader.depths(image);
    job.step(0, 1)?;
    let open = occlusion::open_sky(&depths, lens, image.width, image.height);
    job.step(0, 1)?;
    let width = image.width;
    image.rgba.par_chunks_exact_mut(4 * width).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
            if let Some(color) = shader.pixel(x, y, open[y * width + x]) {
                pixel[..3].copy_from_slice(&color);
            }
        }
    });
    Ok(())
}

impl<F: Frame> Shader<'_, F> {
    /// Nearest surface of every pixel: where it is, seen from the eye, and its normal.
    fn depths(&self, image: &Image) -> Vec<occlusion::Spot> {
        let traced = self.traced;
        let pixel = |n: usize| {
            let (x, y) = (n % image.width * SAMPLES, n / image.width * SAMPLES);
            let key = |s: usize| {
                let at = (y + s / SAMPLES) * traced.width + x + s % SAMPLES;
                (traced.nearest[at].load(Ordering::Relaxed), s)
            };
            let (key, s) = (0..SAMPLES * SAMPLES).map(key).min().unwrap_or((NOTHING, 0));
            let seen = traced.seen(key)?;
            let (x, y) = (x + s % SAMPLES, y + s / SAMPLES);
            let at = self.lens.unproject(x as f64 + 0.5, y as f64 + 0.5, f64::from(seen.depth));
            let (_, normal) = self.look(&seen, x, y);
            Some((at.map(|v| v as f32), normal))
        };
        let place = |n: usize| match pixel(n) {
            Some((at, normal)) => occlusion::Spot { at, normal },
            None => occlusion::Spot::EMPTY,
        };
        (0..image.width * image.height).into_par_iter().with_min_len(1024).map(place).collect()
    }

    /// The colour of a pixel; none where it is empty.
    fn pixel(&self, x: usize, y: usize, open: f32) -> Option<Rgb> {
        let mut sum = [0.0f32; 3];
        let mut last: Option<(u64, [f32; 3])> = None;
        let mut empty = true;
        for s in 0..SAMPLES * SAMPLES {
            let (sx, sy) = (x * SAMPLES + s % SAMPLES, y * SAMPLES + s / SAMPLES);
            let at = sy * self.traced.width + sx;
            let key = self.traced.nearest[at].load(Ordering::Relaxed);
            let light = match last {
                Some((before, light)) if before == key => light,
                _ => self.opaque(key, sx, sy, open),
            };
            last = Some((key, light));
            let mixed = self.through_layers(light, key, at, [sx, sy]);
            empty &= key == NOTHING && mixed == light;
            for c in 0..3 {
                sum[c] += mixed[c];
            }
        }
        let share = 1.0 / (SAMPLES * SAMPLES) as f32;
        (!empty).then(|| color::encode(sum.map(|v| v * share)))
    }

    fn opaque(&self, key: u64, x: usize, y: usize, open: f32) -> [f32; 3] {
        match self.traced.seen(key) {
            Some(seen) => self.light(&seen, x, y, open),
            None => [1.0; 3],
        }
    }

    /// Lays the transparent surfaces in front of `key` over `light`, the farthest first.
    fn through_layers(&self, light: [f32; 3], key: u64, at: usize, xy: [usize; 2]) -> [f32; 3] {
        if self.traced.layers.is_empty() {
            return light;
        }
        let mut keys: Vec<u64> =
            self.traced.layers.iter().map(|layer| layer[at].load(Ordering::Relaxed)).collect();
        keys.retain(|&k| k < key);
        keys.sort_unstable();
        keys.iter().rev().filter_map(|&k| self.traced.seen(k)).fold(light, |below, seen| {
            let front = self.light(&seen, xy[0], xy[1], 1.0);
            let alpha = self.skins[seen.item].alpha;
            std::array::from_fn(|c| front[c] * alpha + below[c] * (1.0 - alpha))
        })
    }

    /// Colour and normal of a surface at a sample; the normal points to the eye.
    fn look(&self, seen: &Seen, x: usize, y: usize) -> ([f32; 3], Vec3) {
        let skin = &self.skins[seen.item];
        let item = &self.scene.items[seen.item];
        let Some(number) = seen.triangle else {
            let normal = self.traced.cut.map_or([0.0, 0.0, -1.0], |c| c.normal.map(|v| v as f32));
            return (section_tone(skin.surface), normal);
        };
        let triangle = &item.mesh.triangles[number];
        let corners = &self.traced.corners[seen.item];
        let flat = unit(normal(item.mesh, triangle, self.lens).unwrap_or([0.0, 0.0, -1.0]));
        let Some(abc) = raster::visible(corners, triangle) else { return ([0.0; 3], flat) };
        let weights = self.weights(&abc, x, y);
        let smooth = if skin.normals.is_empty() {
            flat
        } else {
            let mut sum = [0.0; 3];
            for (n, &v) in triangle.iter().enumerate() {
                let corner = skin.normals[v as usize];
                let corner = if dot(corner, flat) < SHARP { flat } else { corner };
                for a in 0..3 {
                    sum[a] += weights[n] * corner[a];
                }
            }
            unit(sum)
        };
        let tone = match skin.surface {
            Surface::Plain(color) => color::linear(color),
            Surface::Scalar { values, map, range } => {
                let value = |n: usize| weights[n] * values[triangle[n] as usize];
                color::linear(map.of(value(0) + value(1) + value(2), range))
            }
        };
        let away = dot(flat, self.lens.ray(x as f64 + 0.5, y as f64 + 0.5)) > 0.0;
        (tone, if away { smooth.map(|v| -v) } else { smooth })
    }

    /// How much of each corner a sample is, in space.
    fn weights(&self, abc: &[raster::Corner; 3], x: usize, y: usize) -> Vec3 {
        let (px, py) = (raster::middle(x), raster::middle(y));
        let part = |n: usize| {
            let area = raster::edge(&abc[(n + 1) % 3], &abc[(n + 2) % 3], px, py);
            area as f32 * self.lens.weight(abc[n].depth)
        };
        let w = [part(0), part(1), part(2)];
        let sum = w[0] + w[1] + w[2];
        if sum == 0.0 { [1.0, 0.0, 0.0] } else { w.map(|v| v / sum) }
    }

    /// The light that a surface sends to the eye.
    fn light(&self, seen: &Seen, x: usize, y: usize, open: f32) -> [f32; 3] {
        let (tone, normal) = self.look(seen, x, y);
        if seen.triangle.is_none() {
            return tone;
        }
        let key = dot(normal, KEY).max(0.0);
        let fill = dot(normal, FILL).max(0.0);
        let sky = 0.5 - 0.5 * normal[1];
        let half = dot(normal, HALF).max(0.0);
        let glint = half * half;
        let glint = glint * glint;
        let glint = glint * glint;
        let glint = glint * glint * 0.09 * open;
        let scalar = matches!(self.skins[seen.item].surface, Surface::Scalar { .. });
        // Colours that carry values stay close to their legend.
        let (ambient, direct) = if scalar { (0.52, 0.50) } else { (0.34, 0.74) };
        let around = ambient * (0.72 + 0.42 * sky) * open;
        let shine = direct * key * (0.45 + 0.55 * open) + 0.22 * fill * open;
        tone.map(|c| c * (around + shine) + if scalar { 0.3 * glint } else { glint })
    }
}

// Towards the lights: x right, y down, z away from the eye; unit vectors.
const KEY: Vec3 = [-0.388716, -0.563638, -0.728843];
const FILL: Vec3 = [0.741284, -0.051478, -0.669215];
// Between the key light and the eye.
const HALF: Vec3 = [-0.209045, -0.303115, -0.929743];

/// The flat tone of a cut: the surface's colour, darker and with less contrast.
fn section_tone(surface: Surface) -> [f32; 3] {
    let color = match surface {
        Surface::Plain(color) => color,
        Surface::Scalar { .. } => color::UNKNOWN,
    };
    let mean = (f32::from(color[0]) + f32::from(color[1]) + f32::from(color[2])) / 3.0;
    let tone = color.map(|c| ((0.75 * f32::from(c) + 0.25 * mean) * 0.66) as u8);
    color::linear(tone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lights_shine_from_unit_directions() {
        for light in [KEY, FILL, HALF] {
            assert!((dot(light, light) - 1.0).abs() < 1e-4, "{light:?} {}", dot(light, light));
        }
    }
}
