// swift-tools-version: 6.0
import PackageDescription

/// What each of the commands needs.
let commandDependencies: [Target.Dependency] = [
    "DynamicsModel",
    .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
    .product(name: "InverseDynamics", package: "2.inverse-dynamics"),
    .product(name: "Episodes", package: "shared"),
    .product(name: "Pictures", package: "shared"),
    .product(name: "Training", package: "shared"),
    .product(name: "ArgumentParser", package: "swift-argument-parser"),
]

let package = Package(
    name: "3.dynamics-model",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "DynamicsModel", targets: ["DynamicsModel"]),
        .executable(name: "train-dynamics", targets: ["train-dynamics"]),
        .executable(name: "validate-dynamics", targets: ["validate-dynamics"]),
        .executable(name: "imagine", targets: ["imagine"]),
        .executable(name: "play", targets: ["play"]),
    ],
    dependencies: [
        .package(path: "../shared"),
        .package(path: "../1.video-tokenizer"),
        .package(path: "../2.inverse-dynamics"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.3.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        .target(name: "DynamicsModel", dependencies: [
            .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
            .product(name: "InverseDynamics", package: "2.inverse-dynamics"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .executableTarget(name: "train-dynamics", dependencies: commandDependencies),
        .executableTarget(name: "validate-dynamics", dependencies: commandDependencies + [.product(name: "JetBot", package: "shared")]),
        .target(name: "Playing", dependencies: commandDependencies + [.product(name: "JetBot", package: "shared")]),
        .executableTarget(name: "imagine", dependencies: commandDependencies + ["Playing"]),
        .executableTarget(
            name: "play",
            dependencies: commandDependencies + [
                "Playing",
                .product(name: "FlyingFox", package: "FlyingFox"),
                .product(name: "FlyingSocks", package: "FlyingFox"),
            ],
            resources: [.embedInCode("page.html")]),
        .testTarget(
            name: "DynamicsModelTests",
            dependencies: ["DynamicsModel", .product(name: "Episodes", package: "shared"), .product(name: "SafeTensors", package: "shared")],
            resources: [.copy("Fixtures")]),
        .testTarget(name: "DynamicsCommandTests", dependencies: commandDependencies + [
            "train-dynamics", "validate-dynamics",
            .product(name: "JetBot", package: "shared"), .product(name: "Layers", package: "shared"),
            .product(name: "Randomness", package: "shared"), .product(name: "SafeTensors", package: "shared"),
            .product(name: "CommandTesting", package: "shared"),
        ]),
        .testTarget(name: "PlayTests", dependencies: ["Playing", "imagine", "play", .product(name: "JetBot", package: "shared")]),
    ],
    swiftLanguageModes: [.v5]
)
