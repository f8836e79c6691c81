// swift-tools-version: 6.0
import PackageDescription

/// What the commands need.
let commandDependencies: [Target.Dependency] = [
    "RewardModel",
    .product(name: "Episodes", package: "shared"),
    .product(name: "Pictures", package: "shared"),
    .product(name: "Training", package: "shared"),
    .product(name: "ArgumentParser", package: "swift-argument-parser"),
]

let package = Package(
    name: "4.reward-model",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "RewardModel", targets: ["RewardModel"]),
        .executable(name: "train-reward", targets: ["train-reward"]),
        .executable(name: "validate-reward", targets: ["validate-reward"]),
        .library(name: "Planning", targets: ["Planning"]),
        .executable(name: "drive", targets: ["drive"]),
        .library(name: "Evolution", targets: ["Evolution"]),
        .library(name: "PolicyInADream", targets: ["PolicyInADream"]),
        .library(name: "PublishedCLIP", targets: ["PublishedCLIP"]),
        .executable(name: "score", targets: ["score"]),
    ],
    dependencies: [
        .package(path: "../shared"),
        .package(path: "../1.video-tokenizer"),
        .package(path: "../2.inverse-dynamics"),
        .package(path: "../3.dynamics-model"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.3.0"),
    ],
    targets: [
        .target(name: "RewardModel", dependencies: [
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "JetBot", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .executableTarget(name: "train-reward", dependencies: commandDependencies),
        .executableTarget(name: "validate-reward", dependencies: commandDependencies + [
            "Planning", .product(name: "JetBot", package: "shared"),
        ]),
        .testTarget(name: "RewardModelTests", dependencies: [
            "RewardModel", "train-reward", "validate-reward",
            .product(name: "CommandTesting", package: "shared"),
            .product(name: "Episodes", package: "shared"), .product(name: "SafeTensors", package: "shared"),
        ]),
        .target(name: "PolicyInADream", dependencies: [
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .testTarget(
            name: "PolicyInADreamTests",
            dependencies: ["PolicyInADream", .product(name: "SafeTensors", package: "shared")],
            resources: [.copy("Fixtures")]),
        .target(name: "Planning", dependencies: [
            "RewardModel",
            .product(name: "WorldModels", package: "3.dynamics-model"),
            .product(name: "Worlds", package: "3.dynamics-model"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "JetBot", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .executableTarget(name: "drive", dependencies: [
            "Planning", "RewardModel",
            .product(name: "Tensors", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "JetBot", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .testTarget(name: "PlanningTests", dependencies: [
            "Planning", "RewardModel", "drive", "validate-reward",
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
            .product(name: "InverseDynamics", package: "2.inverse-dynamics"),
            .product(name: "DynamicsModel", package: "3.dynamics-model"),
            .product(name: "WorldModels", package: "3.dynamics-model"),
            .product(name: "JetBot", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "CommandTesting", package: "shared"),
        ]),
        .target(name: "Evolution", dependencies: [.product(name: "Tensors", package: "shared"), .product(name: "Randomness", package: "shared")]),
        .testTarget(name: "EvolutionTests", dependencies: ["Evolution", .product(name: "Tensors", package: "shared"), .product(name: "Randomness", package: "shared")]),
        .target(name: "PublishedCLIP", dependencies: [
            "RewardModel",
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Training", package: "shared"),
        ]),
        .executableTarget(name: "score", dependencies: [
            "RewardModel", "PublishedCLIP",
            .product(name: "Tensors", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .testTarget(
            name: "PublishedCLIPTests",
            dependencies: [
                "PublishedCLIP", "RewardModel", "score",
                .product(name: "Tensors", package: "shared"),
                .product(name: "Episodes", package: "shared"),
                .product(name: "Pictures", package: "shared"),
                .product(name: "SafeTensors", package: "shared"),
                .product(name: "Training", package: "shared"),
            ],
            resources: [.copy("Fixtures")]),
    ],
    swiftLanguageModes: [.v5]
)
