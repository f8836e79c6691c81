// swift-tools-version: 6.0
import PackageDescription

// `SIMD16<Float>` becomes one AVX-512 (or two AVX2, or four NEON) registers only when the compiler may use
// what this machine has. `unsafeFlags` are accepted because every package of the workbook is used by path.
#if arch(arm64)
let native: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-mcpu=native"])]
#else
let native: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=native"])]
#endif

let package = Package(
    name: "shared",
    platforms: [.macOS(.v15)],  // for the atomics of the standard library
    products: [
        .library(name: "Tensors", targets: ["Tensors"]),
        .library(name: "Layers", targets: ["Layers"]),
        .library(name: "Randomness", targets: ["Randomness"]),
        .library(name: "Files", targets: ["Files"]),
        .library(name: "SafeTensors", targets: ["SafeTensors"]),
        .library(name: "Pictures", targets: ["Pictures"]),
        .library(name: "Episodes", targets: ["Episodes"]),
        .library(name: "JetBot", targets: ["JetBot"]),
        .library(name: "Captions", targets: ["Captions"]),
        .library(name: "Training", targets: ["Training"]),
        .library(name: "LocalPages", targets: ["LocalPages"]),
        .library(name: "CommandTesting", targets: ["CommandTesting"]),
        .library(name: "GoldenTesting", targets: ["GoldenTesting"]),
        .executable(name: "pack-weights", targets: ["pack-weights"]),
        .executable(name: "report", targets: ["report"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.3.0"),
    ],
    targets: [
        // The three C libraries, found through pkg-config.
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(name: "CGIF", pkgConfig: "libgif", providers: [.apt(["libgif-dev"]), .brew(["giflib"])]),

        .target(name: "Randomness", swiftSettings: native),
        .target(name: "Tensors", dependencies: ["COpenBLAS", "Randomness"], swiftSettings: native),
        .target(name: "Layers", dependencies: ["Tensors", "Randomness"], swiftSettings: native),
        .target(name: "Files"),
        .target(name: "SafeTensors", dependencies: ["Files"]),
        .target(name: "Pictures", dependencies: ["Files", "CPNG", "CGIF"], swiftSettings: native),
        .target(name: "Episodes", dependencies: ["Files", "SafeTensors", "Pictures", "Tensors", "Randomness"], swiftSettings: native),
        .target(name: "JetBot", dependencies: ["Pictures", "Randomness"], swiftSettings: native),
        .target(name: "Training", dependencies: [
            "Files", "SafeTensors", "Layers", "Tensors", "Pictures", "Randomness",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .target(name: "Captions", dependencies: ["Episodes", "JetBot", "Randomness", "Training"]),
        // Pages for the browsers of this machine: `play --web` and `label-rewards`.
        .target(name: "LocalPages", dependencies: ["Pictures", "Training"]),
        .executableTarget(name: "pack-weights", dependencies: [
            "Files", "SafeTensors", "Training", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .executableTarget(name: "report", dependencies: [
            "Files", "Training", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        // For tests only: what tests share.
        .target(name: "CommandTesting", dependencies: ["SafeTensors"]),
        .target(name: "GoldenTesting", dependencies: ["Layers", "SafeTensors", "Tensors"]),

        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CommandTesting"]),
        .testTarget(name: "LayersTests", dependencies: ["Layers", "CommandTesting", "GoldenTesting"], resources: [.copy("Fixtures")]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "CommandTesting"]),
        .testTarget(name: "SafeTensorsTests", dependencies: ["SafeTensors", "Files", "CommandTesting"], resources: [.copy("Fixtures")]),
        .testTarget(name: "PicturesTests", dependencies: ["Pictures"], resources: [.copy("Fixtures")]),
        .testTarget(name: "EpisodesTests", dependencies: ["Episodes", "Pictures", "SafeTensors", "Randomness", "CommandTesting"]),
        .testTarget(name: "JetBotTests", dependencies: ["JetBot"]),
        .testTarget(name: "CaptionsTests", dependencies: ["Captions", "JetBot", "Randomness"]),
        .testTarget(name: "TrainingTests", dependencies: ["Training", "CommandTesting"]),
        .testTarget(name: "ReportTests", dependencies: ["report", "pack-weights", "CommandTesting", "Pictures", "SafeTensors", "Training"]),
        .testTarget(name: "ReadmeTests", dependencies: ["Tensors", "CommandTesting"]),
    ],
    swiftLanguageModes: [.v5]
)
