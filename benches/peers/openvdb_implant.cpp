// The gyroid implant's field, row by row from tables of each axis, into an OpenVDB grid and its mesh.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <openvdb/openvdb.h>
#include <openvdb/tools/Dense.h>
#include <openvdb/tools/VolumeToMesh.h>
#include <string>
#include <tbb/parallel_for.h>
#include <vector>

using Grid = openvdb::tools::Dense<float, openvdb::tools::LayoutXYZ>;

const double PERIOD = 2.1, WALL = 0.25, RIM = 1.0;
const float K = float(2 * M_PI / PERIOD);

struct Axis {
    std::vector<float> at, sine, cosine;
    Axis(int from, int count, double h) {
        for (int n = 0; n < count; n++) {
            const double x = (from + n) * h;
            at.push_back(float(x));
            sine.push_back(float(std::sin(2 * M_PI / PERIOD * x)));
            cosine.push_back(float(std::cos(2 * M_PI / PERIOD * x)));
        }
    }
};

void row(const Axis& X, const Axis& Y, const Axis& Z, int j, int k, float band, float* out) {
    const float y = Y.at[j], z = Z.at[k], sy = Y.sine[j], cy = Y.cosine[j], sz = Z.sine[k],
                cz = Z.cosine[k];
    const float w = 0.92f + 0.08f * (z / 30) * (z / 30), y2 = (y / 15) * (y / 15);
    const float notch2 = (y + 20) * (y + 20), end = std::fabs(z) - 30;
    for (size_t i = 0; i < X.at.size(); i++) {
        const float x = X.at[i], sx = X.sine[i], cx = X.cosine[i];
        const float q = (std::sqrt(x / 17.5f * (x / 17.5f) + y2) - w) * 15;
        const float side = std::max(q, 8 - std::sqrt(x * x + notch2));
        const float g = sx * cy + sy * cz + sz * cx;
        const float a = cx * cy - sz * sx, b = cy * cz - sx * sy, c = cz * cx - sy * sz;
        const float n = std::max(std::sqrt(a * a + b * b + c * c), 1e-3f);
        const float sheet = std::fabs(g) / (K * n) - float(WALL / 2);
        const float d = std::max(std::max(side, end), std::min(sheet, float(-RIM) - side));
        out[i] = std::min(std::max(d, -band), band);
    }
}

double resident(const char* key) {
    std::ifstream in("/proc/self/status");
    std::string line;
    while (std::getline(in, line))
        if (line.rfind(key, 0) == 0) return std::stod(line.substr(line.find(':') + 1)) / 1024;
    return 0;
}

double volume(const std::vector<openvdb::Vec3s>& p, const std::vector<openvdb::Vec4I>& quads) {
    double sum = 0;
    for (const auto& q : quads)
        for (int n = 1; n < 3; n++) {
            const openvdb::Vec3d a(p[q[0]]), b(p[q[n]]), c(p[q[n + 1]]);
            sum += a.dot(b.cross(c)) / 6;
        }
    return std::fabs(sum);
}

int main(int, char** argv) {
    openvdb::initialize();
    const double h = std::stod(argv[2]);
    std::ofstream("/proc/self/clear_refs") << "5";
    const double before = resident("VmRSS");
    const auto wall = std::chrono::steady_clock::now();
    const auto cpu = std::clock();
    const int nx = int(std::ceil(17.5 / h)) + 2, ny = int(std::ceil(15 / h)) + 2,
              nz = int(std::ceil(30 / h)) + 2;
    const float band = float(3 * h);
    const Axis X(-nx, 2 * nx + 1, h), Y(-ny, 2 * ny + 1, h), Z(-nz, 2 * nz + 1, h);
    auto grid = openvdb::FloatGrid::create(band);
    grid->setTransform(openvdb::math::Transform::createLinearTransform(h));
    {
        Grid dense(openvdb::CoordBBox(-nx, -ny, -nz, nx, ny, nz));
        const size_t width = X.at.size(), height = Y.at.size();
        tbb::parallel_for(size_t(0), Z.at.size(), [&](size_t k) {
            for (size_t j = 0; j < height; j++)
                row(X, Y, Z, int(j), int(k), band, dense.data() + (k * height + j) * width);
        });
        openvdb::tools::copyFromDense(dense, *grid, 0.0f);
    }
    std::vector<openvdb::Vec3s> points;
    std::vector<openvdb::Vec4I> quads;
    openvdb::tools::volumeToMesh(*grid, points, quads, 0.0);
    const double cpu_s = double(std::clock() - cpu) / CLOCKS_PER_SEC;
    const std::chrono::duration<double> wall_s = std::chrono::steady_clock::now() - wall;
    const double peak = resident("VmHWM") - before;
    std::printf("{\"wall_s\": %g, \"cpu_s\": %g, \"peak_mib\": %g, \"triangles\": %zu, "
                "\"volume_mm3\": %g}\n",
                wall_s.count(), cpu_s, peak, 2 * quads.size(), volume(points, quads));
}
