// swift-tools-version: 6.0
// The exercises that are written: one file each in `write`, with its solution between two marks. `swift test` here tests the solutions.
// `shared/scripts/exercise` puts a learner's file in the place of some of them.
import PackageDescription

/// Files that are taken from `EXERCISES_FOLDER` and not from `write`: "1.video-tokenizer/patchify.swift shared/adamw-step.swift".
let replaced = (Context.environment["EXERCISES"] ?? "").split(separator: " ").map(String.init)
let folder = Context.environment["EXERCISES_FOLDER"] ?? "mine"

let stages = ["shared", "1.video-tokenizer", "2.inverse-dynamics", "3.dynamics-model", "4.reward-model"]

/// The exercises of one stage, a module of their own: only that one is compiled again when a file changes.
func exercises(_ name: String, _ stage: String) -> Target {
    let own = replaced.filter { $0.hasPrefix(stage + "/") }, others = stages.filter { $0 != stage }.map { "write/" + $0 }
    return .target(
        name: name, dependencies: [.product(name: "Tensors", package: "shared"), .product(name: "Randomness", package: "shared")],
        path: ".", exclude: ["Sources", "Tests", "break"] + others + own.map { "write/" + $0 },
        sources: ["write/" + stage] + own.map { folder + "/" + $0.dropFirst(stage.count + 1) })
}

func tests(_ name: String, _ libraries: [(String, String)]) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: [.init(stringLiteral: name), "InWords"] + libraries.map { .product(name: $0.0, package: $0.1) })
}

let package = Package(
    name: "exercises",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(path: ".."),
        .package(path: "../../1.video-tokenizer"),
        .package(path: "../../2.inverse-dynamics"),
        .package(path: "../../3.dynamics-model"),
        .package(path: "../../4.reward-model"),
    ],
    targets: [
        .target(name: "InWords"),  // says what is wrong in a learner's words
        exercises("WriteShared", "shared"),
        exercises("WriteTokenizer", "1.video-tokenizer"),
        exercises("WriteActions", "2.inverse-dynamics"),
        exercises("WriteDynamics", "3.dynamics-model"),
        exercises("WriteReward", "4.reward-model"),
        tests("WriteShared", [("Tensors", "shared"), ("Layers", "shared")]),
        tests("WriteTokenizer", [("Tensors", "shared"), ("FrameCoding", "1.video-tokenizer"), ("VideoTokenizer", "1.video-tokenizer")]),
        tests("WriteActions", [("Tensors", "shared"), ("InverseDynamics", "2.inverse-dynamics")]),
        tests("WriteDynamics", [
            ("Tensors", "shared"), ("DynamicsModel", "3.dynamics-model"), ("PixelDiffusion", "3.dynamics-model"),
            ("RecurrentMemory", "3.dynamics-model"), ("ShortcutForcing", "3.dynamics-model"),
        ]),
        tests("WriteReward", [
            ("Tensors", "shared"), ("Planning", "4.reward-model"), ("RewardModel", "4.reward-model"), ("PolicyInADream", "4.reward-model"),
        ]),
    ],
    swiftLanguageModes: [.v5]
)
