// swift-tools-version: 6.0
import PackageDescription

/// What the commands need that know models by their protocols only.
let commandDependencies: [Target.Dependency] = [
    "WorldModels", "Worlds",
    .product(name: "Episodes", package: "shared"),
    .product(name: "Pictures", package: "shared"),
    .product(name: "Training", package: "shared"),
    .product(name: "ArgumentParser", package: "swift-argument-parser"),
]

let package = Package(
    name: "3.dynamics-model",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "WorldModels", targets: ["WorldModels"]),
        .library(name: "Worlds", targets: ["Worlds"]),
        .library(name: "DynamicsModel", targets: ["DynamicsModel"]),
        .library(name: "PixelRegression", targets: ["PixelRegression"]),
        .library(name: "ShortcutForcing", targets: ["ShortcutForcing"]),
        .library(name: "PixelDiffusion", targets: ["PixelDiffusion"]),
        .library(name: "VideoDiffusion", targets: ["VideoDiffusion"]),
        .library(name: "RecurrentMemory", targets: ["RecurrentMemory"]),
        .library(name: "LatentPrediction", targets: ["LatentPrediction"]),
        .executable(name: "train-dynamics", targets: ["train-dynamics"]),
        .executable(name: "validate-dynamics", targets: ["validate-dynamics"]),
        .executable(name: "compare", targets: ["compare"]),
        .executable(name: "measure-yardsticks", targets: ["measure-yardsticks"]),
        .executable(name: "imagine", targets: ["imagine"]),
        .executable(name: "play", targets: ["play"]),
    ],
    dependencies: [
        .package(path: "../shared"),
        .package(path: "../1.video-tokenizer"),
        .package(path: "../2.inverse-dynamics"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.3.0"),
    ],
    targets: [
        // The doors: what anybody asks of a world model, and what all families share.
        .target(name: "WorldModels", dependencies: [
            .product(name: "InverseDynamics", package: "2.inverse-dynamics"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "JetBot", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        // The families.
        .target(name: "DynamicsModel", dependencies: [
            "WorldModels",
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
            .product(name: "InverseDynamics", package: "2.inverse-dynamics"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .target(name: "PixelRegression", dependencies: [
            "WorldModels",
            .product(name: "InverseDynamics", package: "2.inverse-dynamics"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .target(name: "PixelDiffusion", dependencies: [
            "WorldModels",
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .target(name: "VideoDiffusion", dependencies: [
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .target(name: "ShortcutForcing", dependencies: [
            "WorldModels",
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "FrameEncoders", package: "1.video-tokenizer"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .target(name: "RecurrentMemory", dependencies: [
            "WorldModels",
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "FrameEncoders", package: "1.video-tokenizer"),
            .product(name: "VariationalAutoencoder", package: "1.video-tokenizer"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .target(name: "LatentPrediction", dependencies: [
            "WorldModels",
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "FrameEncoders", package: "1.video-tokenizer"),
            .product(name: "JointEmbedding", package: "1.video-tokenizer"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        // The one place that asks what kind of model a run holds.
        .target(name: "Worlds", dependencies: [
                "WorldModels", "DynamicsModel", "PixelRegression", "LatentPrediction", "ShortcutForcing", "PixelDiffusion",
                "RecurrentMemory", .product(name: "Training", package: "shared"),
        ]),
        .target(name: "Yardsticks", dependencies: commandDependencies + [
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "FrameEncoders", package: "1.video-tokenizer"),
            .product(name: "JetBot", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "Tensors", package: "shared"),
        ]),
        .executableTarget(name: "train-dynamics", dependencies: commandDependencies + [
            "DynamicsModel", "PixelRegression", "LatentPrediction", "ShortcutForcing", "PixelDiffusion",
            "RecurrentMemory", .product(name: "VariationalAutoencoder", package: "1.video-tokenizer"),
            .product(name: "PublishedDINOv2", package: "1.video-tokenizer"),
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "FrameEncoders", package: "1.video-tokenizer"),
            .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
            .product(name: "JointEmbedding", package: "1.video-tokenizer"),
            .product(name: "InverseDynamics", package: "2.inverse-dynamics"),
        ]),
        .executableTarget(name: "validate-dynamics", dependencies: commandDependencies + ["Yardsticks"]),
        .executableTarget(name: "compare", dependencies: commandDependencies + ["Yardsticks"]),
        .executableTarget(
            name: "measure-yardsticks", dependencies: commandDependencies + ["Yardsticks", .product(name: "JetBot", package: "shared")]),
        .target(name: "Playing", dependencies: commandDependencies + [
            .product(name: "Recording", package: "1.video-tokenizer"), .product(name: "JetBot", package: "shared"),
        ]),
        .executableTarget(name: "imagine", dependencies: commandDependencies + ["Playing"]),
        .executableTarget(
            name: "play",
            dependencies: commandDependencies + [
                "Playing", .product(name: "LocalPages", package: "shared"),
            ],
            resources: [.embedInCode("page.html")]),
        .testTarget(
            name: "DynamicsModelTests",
            dependencies: [
                "DynamicsModel", "WorldModels", .product(name: "Episodes", package: "shared"),
                .product(name: "CommandTesting", package: "shared"), .product(name: "GoldenTesting", package: "shared"),
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "PixelDiffusionTests",
            dependencies: [
                "PixelDiffusion", "WorldModels", .product(name: "Episodes", package: "shared"), .product(name: "Layers", package: "shared"),
                .product(name: "CommandTesting", package: "shared"), .product(name: "GoldenTesting", package: "shared"),
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "VideoDiffusionTests",
            dependencies: [
                "VideoDiffusion", .product(name: "Layers", package: "shared"), .product(name: "GoldenTesting", package: "shared"),
                .product(name: "Training", package: "shared"),
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "RecurrentMemoryTests",
            dependencies: ["RecurrentMemory", "WorldModels", .product(name: "VariationalAutoencoder", package: "1.video-tokenizer"),
                           .product(name: "Layers", package: "shared"), .product(name: "Training", package: "shared"),
                           .product(name: "CommandTesting", package: "shared"), .product(name: "GoldenTesting", package: "shared")],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "LatentPredictionTests",
            dependencies: [
                "LatentPrediction", "WorldModels", .product(name: "JointEmbedding", package: "1.video-tokenizer"),
                .product(name: "FrameCoding", package: "1.video-tokenizer"),
                .product(name: "Tensors", package: "shared"), .product(name: "Layers", package: "shared"),
                .product(name: "Randomness", package: "shared"),
                .product(name: "CommandTesting", package: "shared"), .product(name: "GoldenTesting", package: "shared"),
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(name: "YardstickTests", dependencies: commandDependencies + [
                "Yardsticks", "PixelRegression", .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
                .product(name: "Pictures", package: "shared"),
            .product(name: "JetBot", package: "shared"), .product(name: "CommandTesting", package: "shared"),
                .product(name: "Recording", package: "1.video-tokenizer"),
        ]),
        .testTarget(
            name: "ShortcutForcingTests",
            dependencies: ["ShortcutForcing", "WorldModels", .product(name: "GoldenTesting", package: "shared")],
            resources: [.copy("Fixtures")]),
        .testTarget(name: "DynamicsCommandTests", dependencies: commandDependencies + [
            "train-dynamics", "validate-dynamics", "compare", "Yardsticks", "DynamicsModel", "PixelRegression", "ShortcutForcing",
            .product(name: "MaskedAutoencoder", package: "1.video-tokenizer"),
            .product(name: "VariationalAutoencoder", package: "1.video-tokenizer"),
                .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
                .product(name: "InverseDynamics", package: "2.inverse-dynamics"),
            .product(name: "JetBot", package: "shared"), .product(name: "Layers", package: "shared"),
            .product(name: "Randomness", package: "shared"), .product(name: "SafeTensors", package: "shared"),
            .product(name: "CommandTesting", package: "shared"),
        ]),
        .testTarget(name: "PlayTests", dependencies: [
            "Playing", "imagine", "play", "DynamicsModel", "WorldModels",
            .product(name: "VideoTokenizer", package: "1.video-tokenizer"), .product(name: "JetBot", package: "shared"),
            .product(name: "CommandTesting", package: "shared"), .product(name: "Recording", package: "1.video-tokenizer"),
        ]),
    ],
    swiftLanguageModes: [.v5]
)
