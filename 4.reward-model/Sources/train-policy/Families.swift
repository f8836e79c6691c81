// Families.swift - one command, a subcommand for each way to come by a policy.

import ArgumentParser

@main
struct TrainPolicy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train-policy", abstract: "Learn to act inside a world model, in one way or another.",
        subcommands: [TrainEvolution.self, TrainActorCritic.self, TrainDreamer3.self, TrainDreamer4.self, TrainVideoPlans.self])
}
