// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "1.video-tokenizer",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "FrameCoding", targets: ["FrameCoding"]),
        .library(name: "FrameEncoders", targets: ["FrameEncoders"]),
        .library(name: "VideoTokenizer", targets: ["VideoTokenizer"]),
        .library(name: "MaskedAutoencoder", targets: ["MaskedAutoencoder"]),
        .library(name: "VariationalAutoencoder", targets: ["VariationalAutoencoder"]),
        .library(name: "JointEmbedding", targets: ["JointEmbedding"]),
        .library(name: "PublishedDINOv2", targets: ["PublishedDINOv2"]),
        .library(name: "Recording", targets: ["Recording"]),
        .executable(name: "episodes", targets: ["EpisodesCommand"]),
        .executable(name: "train-tokenizer", targets: ["train-tokenizer"]),
        .executable(name: "validate-tokenizer", targets: ["validate-tokenizer"]),
        .executable(name: "mutate-files", targets: ["mutate-files"]),
        .executable(name: "probe-features", targets: ["probe-features"]),
    ],
    dependencies: [
        .package(path: "../shared"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.3.0"),
    ],
    targets: [
        // What all families of this stage share: the doors, the space-time block, patches, metrics, the cache of latents.
        .target(name: "FrameCoding", dependencies: [
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        // The one place that asks what kind of model a run holds.
        .target(name: "FrameEncoders", dependencies: [
            "FrameCoding", "VideoTokenizer", "MaskedAutoencoder", "VariationalAutoencoder", "JointEmbedding", "PublishedDINOv2",
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Training", package: "shared"),
        ]),
        .target(name: "VideoTokenizer", dependencies: [
            "FrameCoding",
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .target(name: "MaskedAutoencoder", dependencies: [
            "FrameCoding",
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .target(name: "VariationalAutoencoder", dependencies: [
            "FrameCoding",
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .target(name: "JointEmbedding", dependencies: [
            "FrameCoding",
            .product(name: "Episodes", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        .target(name: "PublishedDINOv2", dependencies: [
            "FrameCoding",
            .product(name: "Files", package: "shared"),
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Training", package: "shared"),
        ]),
        // The simulated robot wanders: what `episodes record` writes, for all who need a few episodes.
        .target(name: "Recording", dependencies: [
            .product(name: "Episodes", package: "shared"),
            .product(name: "JetBot", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
        // Not named `episodes`: on a file system that ignores case it would be the library `Episodes`.
        .executableTarget(name: "EpisodesCommand", dependencies: [
            "Recording",
            .product(name: "Episodes", package: "shared"),
            .product(name: "Files", package: "shared"),
            .product(name: "JetBot", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ], path: "Sources/episodes"),
        .executableTarget(name: "train-tokenizer", dependencies: [
            "FrameCoding", "VideoTokenizer", "MaskedAutoencoder", "VariationalAutoencoder", "JointEmbedding",
            .product(name: "Episodes", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .executableTarget(name: "validate-tokenizer", dependencies: [
            "FrameCoding", "FrameEncoders",
            .product(name: "Episodes", package: "shared"),
            .product(name: "JetBot", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        // For shared/scripts/campaign.
        .executableTarget(name: "mutate-files", dependencies: [
            "FrameEncoders", "VideoTokenizer", "MaskedAutoencoder", "VariationalAutoencoder", "JointEmbedding",
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "Files", package: "shared"),
            .product(name: "JetBot", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .executableTarget(name: "probe-features", dependencies: [
            "FrameCoding", "FrameEncoders", "JointEmbedding", "PublishedDINOv2",
            .product(name: "Episodes", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "Files", package: "shared"),
            .product(name: "Tensors", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ]),
        .testTarget(
            name: "VideoTokenizerTests",
            dependencies: [
                "FrameCoding", "VideoTokenizer", .product(name: "CommandTesting", package: "shared"),
                .product(name: "GoldenTesting", package: "shared"),
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "MaskedAutoencoderTests",
            dependencies: [
                "MaskedAutoencoder", "FrameCoding", .product(name: "CommandTesting", package: "shared"),
                .product(name: "GoldenTesting", package: "shared"),
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "VariationalAutoencoderTests",
            dependencies: ["VariationalAutoencoder", "FrameEncoders", .product(name: "GoldenTesting", package: "shared")],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "JointEmbeddingTests",
            dependencies: [
                "JointEmbedding", .product(name: "CommandTesting", package: "shared"), .product(name: "GoldenTesting", package: "shared"),
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "PublishedDINOv2Tests",
            dependencies: [
                "PublishedDINOv2", .product(name: "SafeTensors", package: "shared"), .product(name: "Layers", package: "shared"),
                .product(name: "Tensors", package: "shared"), .product(name: "Training", package: "shared"),
                .product(name: "CommandTesting", package: "shared"),
            ],
            resources: [.copy("Fixtures")]),
        .testTarget(name: "CommandTests", dependencies: [
            "EpisodesCommand", "train-tokenizer", "validate-tokenizer", "mutate-files", "probe-features", "FrameCoding", "FrameEncoders",
            "Recording", .product(name: "JetBot", package: "shared"),
            .product(name: "SafeTensors", package: "shared"), .product(name: "Pictures", package: "shared"),
            .product(name: "CommandTesting", package: "shared"),
        ]),
    ],
    swiftLanguageModes: [.v5]
)
