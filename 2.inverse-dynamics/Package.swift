// swift-tools-version: 6.0
import PackageDescription

/// What each of the three commands needs.
let commandDependencies: [Target.Dependency] = [
    "InverseDynamics",
    .product(name: "Episodes", package: "shared"),
    .product(name: "Pictures", package: "shared"),
    .product(name: "Training", package: "shared"),
    .product(name: "ArgumentParser", package: "swift-argument-parser"),
]

let package = Package(
    name: "2.inverse-dynamics",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "InverseDynamics", targets: ["InverseDynamics"]),
        .executable(name: "train-actions", targets: ["train-actions"]),
        .executable(name: "validate-actions", targets: ["validate-actions"]),
        .executable(name: "label-actions", targets: ["label-actions"]),
    ],
    dependencies: [
        .package(path: "../shared"),
        .package(path: "../1.video-tokenizer"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.3.0"),
    ],
    targets: [
        .target(name: "InverseDynamics", dependencies: [
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .executableTarget(name: "train-actions", dependencies: commandDependencies),
        .executableTarget(name: "validate-actions", dependencies: commandDependencies),
        .executableTarget(name: "label-actions", dependencies: commandDependencies),
        .testTarget(
            name: "InverseDynamicsTests",
            dependencies: [
                "InverseDynamics", .product(name: "FrameCoding", package: "1.video-tokenizer"),
                .product(name: "Episodes", package: "shared"),
                .product(name: "CommandTesting", package: "shared"), .product(name: "GoldenTesting", package: "shared"),
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(name: "ActionCommandTests", dependencies: commandDependencies + [
            "train-actions", "validate-actions", "label-actions",
            .product(name: "Randomness", package: "shared"),
            .product(name: "SafeTensors", package: "shared"), .product(name: "CommandTesting", package: "shared"),
        ]),
    ],
    swiftLanguageModes: [.v5]
)
