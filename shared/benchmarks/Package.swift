// swift-tools-version: 6.0
import PackageDescription

// A package of its own, so that `shared` never depends on a stage, and a benchmark may.
#if arch(arm64)
let native: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-mcpu=native"])]
#else
let native: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-march=native"])]
#endif

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "measure-tensors", targets: ["measure-tensors"]),
        .executable(name: "benchmark-tokenizer", targets: ["benchmark-tokenizer"]),
        .executable(name: "benchmark-dynamics", targets: ["benchmark-dynamics"]),
        .executable(name: "benchmark-recurrent", targets: ["benchmark-recurrent"]),
        .executable(name: "benchmark-convolution", targets: ["benchmark-convolution"]),
        .executable(name: "benchmark-shortcut", targets: ["benchmark-shortcut"]),
    ],
    dependencies: [
        .package(path: ".."),
        .package(path: "../../1.video-tokenizer"),
        .package(path: "../../3.dynamics-model"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.3.0"),
    ],
    targets: [
        .executableTarget(name: "measure-tensors", dependencies: [
            .product(name: "Tensors", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ], swiftSettings: native),
        .target(name: "SideBySide"),  // PyTorch in a process of its own, and taking times
        .executableTarget(name: "benchmark-tokenizer", dependencies: [
            "SideBySide",
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .executableTarget(name: "benchmark-convolution", dependencies: [
            "SideBySide",
            .product(name: "PixelDiffusion", package: "3.dynamics-model"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .executableTarget(name: "benchmark-dynamics", dependencies: [
            "SideBySide",
            .product(name: "DynamicsModel", package: "3.dynamics-model"),
            .product(name: "WorldModels", package: "3.dynamics-model"),
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .executableTarget(name: "benchmark-shortcut", dependencies: [
            "SideBySide",
            .product(name: "ShortcutForcing", package: "3.dynamics-model"),
            .product(name: "WorldModels", package: "3.dynamics-model"),
            .product(name: "MaskedAutoencoder", package: "1.video-tokenizer"),
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .executableTarget(name: "benchmark-recurrent", dependencies: [
            "SideBySide",
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
    ],
    swiftLanguageModes: [.v5]
)
