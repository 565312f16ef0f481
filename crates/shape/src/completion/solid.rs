//! A closed vault as solids and as a closed surface.

use ossein_field::Field;
use ossein_geom::{Aabb, Frame, Point, TriMesh, Vector};

use super::vault::ClosedVault;

/// One of the two surfaces of the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Towards the brain.
    Inner,
    /// Towards the skin.
    Outer,
}

impl<F: Frame> ClosedVault<F> {
    /// Distances of inner and outer table from the middle in the direction of `p`, linear between
    /// cells, mm; beyond the map those of its border.
    pub fn radii_mm(&self, p: Point<F>) -> [f64; 2] {
        let last = (2 * self.half) as f64;
        let at = self.chart.place(p - self.chart.middle);
        let at = at.map(|v| (v / self.step_mm + self.half as f64).clamp(0.0, last));
        let low = at.map(|v| (v as usize).min(2 * self.half - 1));
        let part = [0, 1].map(|a| at[a] - low[a] as f64);
        let side = 2 * self.half + 1;
        let cell = |i: usize, j: usize| self.radii[(low[1] + j) * side + low[0] + i];
        [0, 1].map(|k| {
            let row = |j: usize| cell(0, j)[k] + part[0] * (cell(1, j)[k] - cell(0, j)[k]);
            row(0) + part[1] * (row(1) - row(0))
        })
    }

    /// How far the direction of `p` lies outside the hole along the vault, mm; negative inside it.
    pub fn outside_hole_mm(&self, p: Point<F>) -> f64 {
        let last = (2 * self.half) as f64;
        let place = self.chart.place(p - self.chart.middle);
        let cells = place.map(|v| v / self.step_mm + self.half as f64);
        let at = cells.map(|v| v.clamp(0.0, last));
        let beyond = ((cells[0] - at[0]).powi(2) + (cells[1] - at[1]).powi(2)).sqrt();
        let low = at.map(|v| (v as usize).min(2 * self.half - 1));
        let part = [0, 1].map(|a| at[a] - low[a] as f64);
        let side = 2 * self.half + 1;
        let cell = |i: usize, j: usize| self.outside_mm[(low[1] + j) * side + low[0] + i];
        let row = |j: usize| cell(0, j) + part[0] * (cell(1, j) - cell(0, j));
        row(0) + part[1] * (row(1) - row(0)) + beyond * self.step_mm
    }

    /// The solid that one table bounds: all that lies nearer to the middle.
    pub fn inside(&self, table: Table) -> TableField<'_, F> {
        let k = table as usize;
        let side = 2 * self.half + 1;
        let mut least_mm = f64::INFINITY;
        let mut steepest = 0.0f64;
        for n in 0..self.radii.len() {
            let here = self.radii[n][k];
            least_mm = least_mm.min(here);
            let slope = |there: bool, m: usize| {
                if there { (self.radii[m][k] - here) / self.step_mm } else { 0.0 }
            };
            let along = slope(n % side + 1 < side, n + 1);
            let up = slope(n / side + 1 < side, n + side);
            steepest = steepest.max(along * along + up * up);
        }
        // A step on the map is the shorter in space the nearer it is to the middle, and the farther
        // from the axis.
        let reach = 1.5 * self.half as f64 * self.step_mm / self.chart.radius_mm;
        let narrowed = ossein_geom::float::sin(reach.min(2.0)) / reach.clamp(1e-9, 2.0);
        let by = self.chart.radius_mm / (NEAREST * least_mm * narrowed);
        TableField { vault: self, table, least_mm, scale: 1.0 / (1.0 + steepest * by * by).sqrt() }
    }

    /// The piece of bone that was missing: between both tables, over the hole grown by `grow_mm`
    /// along the vault (shrunk where that is negative).
    pub fn piece(&self, grow_mm: f64) -> PieceField<'_, F> {
        PieceField { outer: self.inside(Table::Outer), inner: self.inside(Table::Inner), grow_mm }
    }

    /// One table over the hole and so far around it, as an open surface that looks away from the
    /// bone, its vertices the cells.
    pub fn patch(&self, table: Table, around_mm: f64) -> TriMesh<F> {
        let kept: Vec<bool> = self.outside_mm.iter().map(|&d| d <= around_mm).collect();
        let (mut mesh, _) = self.cells_as_mesh(table, &kept);
        if table == Table::Inner {
            mesh.triangles.iter_mut().for_each(|t| t.swap(1, 2));
        }
        mesh
    }

    /// The piece of bone that was missing as a closed surface, its vertices the cells.
    pub fn piece_mesh(&self) -> TriMesh<F> {
        let (outer, border) = self.cells_as_mesh(Table::Outer, &self.hole);
        let (inner, _) = self.cells_as_mesh(Table::Inner, &self.hole);
        let count = outer.vertices.len() as u32;
        let mut mesh = outer;
        mesh.vertices.extend(inner.vertices);
        let below = |t: &[u32; 3]| [t[0] + count, t[2] + count, t[1] + count];
        mesh.triangles.extend(inner.triangles.iter().map(below));
        for [a, b] in border {
            mesh.triangles.push([b, a, a + count]);
            mesh.triangles.push([b, a + count, b + count]);
        }
        mesh
    }

    /// The cells of a set as squares of two triangles that look outwards, and the edges that only
    /// one of them has, in its sense. Each cell spreads half a step to all sides; corners that two
    /// parts of the set share at a point alone are two vertices.
    fn cells_as_mesh(&self, table: Table, set: &[bool]) -> (TriMesh<F>, Vec<[u32; 2]>) {
        let side = 2 * self.half + 1;
        let held = |i: usize, j: usize| i < side && j < side && set[j * side + i];
        let mut corners = Corners {
            vault: self,
            table,
            numbers: Default::default(),
            mesh: TriMesh { vertices: Vec::new(), triangles: Vec::new() },
        };
        let mut border = Vec::new();
        for n in (0..set.len()).filter(|&n| set[n]) {
            let (i, j) = (n % side, n / side);
            let at = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
            let [a, b, c, d] = at.map(|corner| {
                // Of two squares that touch at this corner alone, the upper one has its own.
                let [x, y] = corner;
                let four = [[1, 1], [0, 1], [1, 0], [0, 0]]
                    .map(|[l, b]: [usize; 2]| x >= l && y >= b && held(x - l, y - b));
                let apart =
                    four == [true, false, false, true] || four == [false, true, true, false];
                corners.number(corner, apart && y == j)
            });
            corners.mesh.triangles.push([a, b, c]);
            corners.mesh.triangles.push([a, c, d]);
            let open = [
                (j == 0 || !held(i, j - 1), [a, b]),
                (!held(i + 1, j), [b, c]),
                (!held(i, j + 1), [c, d]),
                (i == 0 || !held(i - 1, j), [d, a]),
            ];
            border.extend(open.into_iter().filter(|(open, _)| *open).map(|(_, edge)| edge));
        }
        (corners.mesh, border)
    }
}

/// Corners of cells, each made once.
struct Corners<'a, F: Frame> {
    vault: &'a ClosedVault<F>,
    table: Table,
    numbers: std::collections::BTreeMap<([usize; 2], bool), u32>,
    mesh: TriMesh<F>,
}

impl<F: Frame> Corners<'_, F> {
    fn number(&mut self, corner: [usize; 2], own: bool) -> u32 {
        let Self { vault, table, mesh, .. } = self;
        *self.numbers.entry((corner, own)).or_insert_with(|| {
            let place = corner.map(|c| (c as f64 - vault.half as f64 - 0.5) * vault.step_mm);
            let towards = vault.chart.point(place, vault.chart.radius_mm);
            let radius_mm = vault.radii_mm(towards)[*table as usize];
            mesh.vertices.push(vault.chart.point(place, radius_mm));
            mesh.vertices.len() as u32 - 1
        })
    }
}

/// Nearer to the middle than this part of the least radius, a table's field is that of a ball.
const NEAREST: f64 = 0.5;

/// All that lies nearer to the middle than one table.
#[derive(Clone, Copy)]
pub struct TableField<'a, F: Frame> {
    vault: &'a ClosedVault<F>,
    table: Table,
    least_mm: f64,
    scale: f64,
}

impl<F: Frame> Field<F> for TableField<'_, F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let radius_mm = p.distance(self.vault.chart.middle);
        if radius_mm < NEAREST * self.least_mm {
            return (radius_mm - self.least_mm) * self.scale;
        }
        let table_mm = self.vault.radii_mm(p)[self.table as usize];
        (radius_mm - table_mm) * self.scale
    }

    fn bounds(&self) -> Aabb<F> {
        let k = self.table as usize;
        let reach = self.vault.radii.iter().map(|r| r[k]).fold(0.0, f64::max);
        let reach = Vector::new(reach, reach, reach);
        let middle = self.vault.chart.middle;
        Aabb::new(middle - reach, middle + reach)
    }
}

/// The bone between both tables over a hole.
#[derive(Clone, Copy)]
pub struct PieceField<'a, F: Frame> {
    outer: TableField<'a, F>,
    inner: TableField<'a, F>,
    grow_mm: f64,
}

impl<F: Frame> Field<F> for PieceField<'_, F> {
    fn distance(&self, p: Point<F>) -> f64 {
        let vault = self.outer.vault;
        let between = self.outer.distance(p).max(-self.inner.distance(p));
        // Along the map nothing is longer than it is in space, where space lies farther out.
        let out = (p.distance(vault.chart.middle) / vault.chart.radius_mm).min(1.0);
        let aside = (vault.outside_hole_mm(p) - self.grow_mm) * out * self.outer.scale;
        between.max(aside)
    }

    fn bounds(&self) -> Aabb<F> {
        let vault = self.outer.vault;
        let side = 2 * vault.half + 1;
        let near = |n: &usize| vault.outside_mm[*n] <= self.grow_mm + vault.step_mm;
        let points = (0..vault.radii.len()).filter(near).flat_map(|n| {
            let at = [n % side, n / side].map(|c| (c as f64 - vault.half as f64) * vault.step_mm);
            vault.radii[n].map(|r| vault.chart.point(at, r))
        });
        Aabb::around(points).grow(vault.step_mm)
    }
}
