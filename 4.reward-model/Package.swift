// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "4.reward-model",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "RewardModel", targets: ["RewardModel"]),
    ],
    dependencies: [
        .package(path: "../shared"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.3.0"),
    ],
    targets: [
        .target(name: "RewardModel", dependencies: [
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "SafeTensors", package: "shared"),
            .product(name: "Training", package: "shared"),
            .product(name: "Randomness", package: "shared"),
        ]),
    ],
    swiftLanguageModes: [.v5]
)
