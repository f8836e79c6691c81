// Families.swift - one command, a subcommand for each family of eyes. The one without a name is the main road's.

import ArgumentParser

@main
struct TrainTokenizerFamilies: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-tokenizer", abstract: "Train an eye, of one family or another: from frames to latents, and mostly back.",
        discussion:
            "Without a subcommand it is tokens: all its flags can be given at once, and are listed by `train-tokenizer tokens --help`.",
        subcommands: [TrainTokenizer.self, TrainMaskedAutoencoder.self, VAE.self, TrainJointEmbedding.self],
        defaultSubcommand: TrainTokenizer.self)
}
