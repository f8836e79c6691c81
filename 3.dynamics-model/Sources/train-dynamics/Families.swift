// Families.swift - one command, a subcommand for each family of world models. The one without a name is the main road's.

import ArgumentParser

@main
struct TrainDynamicsFamilies: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-dynamics", abstract: "Train a world model, of one family or another.",
        discussion:
            "Without a subcommand it is masked: all its flags can be given at once, and are listed by `train-dynamics masked --help`.",
        subcommands: [
            TrainDynamics.self, PixelRegressionRun.self, TrainShortcutForcing.self, TrainPixelDiffusion.self, TrainRecurrentMemory.self,
            TrainDiffusionTransformer.self, TrainLatentPrediction.self,
        ],
        defaultSubcommand: TrainDynamics.self)
}
