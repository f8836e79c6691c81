// swift-tools-version: 6.0
import PackageDescription

// A place to try tensors, layers and the tokenizer: shared/scripts/do scratch. Sources/scratch/main.swift is yours and is never committed;
// it begins as a copy of beginning.swift.
let package = Package(
    name: "scratch",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "scratch", targets: ["scratch"])],
    dependencies: [.package(path: ".."), .package(path: "../../1.video-tokenizer")],
    targets: [
        .executableTarget(name: "scratch", dependencies: [
            .product(name: "Tensors", package: "shared"),
            .product(name: "Layers", package: "shared"),
            .product(name: "Randomness", package: "shared"),
            .product(name: "Pictures", package: "shared"),
            .product(name: "Episodes", package: "shared"),
            .product(name: "JetBot", package: "shared"),
            .product(name: "FrameCoding", package: "1.video-tokenizer"),
            .product(name: "VideoTokenizer", package: "1.video-tokenizer"),
        ]),
    ],
    swiftLanguageModes: [.v5]
)
