// OnlineLife.swift - what if there are no episodes yet?
//
// Then the robot makes its own. It drives some with the policy that it has (at first: chance), remembers all of them, learns a memory of
// the world from those, dreams in it, and drives again. Only the eye, which sees but knows of no action and no reward, was there before.
// Success is counted on the episodes that are driven anyway: no frame is spent on a test.

import Episodes
import Foundation
import FrameCoding
import JetBot
import Layers
import Planning
import PolicyInADream
import Randomness
import RecurrentMemory
import RewardModel
import Tensors
import Training

struct OnlineLife {
    private let command: TrainDreamer3, plan: TrainingPlan, eye: RecurrentWorldModel, judge: TrainedModel<Scorer>
    /// Frames of an episode, and of a training clip.
    private let steps = 24, frames = 12

    init(_ command: TrainDreamer3, _ plan: TrainingPlan, _ world: RecurrentWorldModel, _ judge: TrainedModel<Scorer>) {
        (self.command, self.plan, eye, self.judge) = (command, plan, world, judge)
    }

    /// What was driven: latents [steps+1,D], actions and scores.
    private struct Memory { var latents: [Tensor] = [], actions: [[Int]] = [], scores: [[Float]] = [] }

    func run(_ loop: TrainingLoop<StateAgent.Configuration>) throws {
        let rooms = try Planning.rooms(of: .train, in: command.options.run.dataFolder)
        var generator = SeededGenerator(seed: plan.seed, stream: 0), worldGenerator = SeededGenerator(seed: plan.seed, stream: 1)
        // A memory of the same shape that has seen nothing.
        let world = RecurrentWorldModel(eye: eye.eye, memory: RecurrentWorldModel.memory(eye.configuration, using: &worldGenerator))
        let agent = StateAgent(try command.shape(world), world: world, using: &generator)
        let optimizer = AdamW(agent.parameters, beta2: 0.99), worldOptimizer = AdamW(world.memory.parameters, beta2: 0.99)
        let rounds = command.rounds
        guard rounds <= plan.steps else {
            throw TrainingError("--rounds \(rounds) share \(plan.steps) updates: some would have none; give fewer rounds or more --steps")
        }
        let camera = Camera(width: world.imageSize, height: world.imageSize)
        loop.keep("dreams") { generator.state } set: { generator.state = $0 }
        try loop.begin(agent, agent.configuration, [optimizer], tokensPerStep: plan.batchSize * frames)
        print("plan: \(rounds) rounds of \(command.roundEpisodes) episodes of \(steps) steps, \(plan.steps / rounds) updates after each")
        var memory = Memory()
        for round in 1 ... rounds {
            if Interrupt.isRequested {
                print("\nstopped after \(round - 1) rounds. What was driven is not kept; begin again with --overwrite")
                throw Interrupt.exitCode
            }
            let seed = plan.seed &* 1_000_003 &+ UInt64(round), updates = plan.steps * round / rounds - plan.steps * (round - 1) / rounds
            let starts = driveStarts(
                in: rooms, count: command.roundEpisodes, .anywhere, framesPerSecond: Float(world.framesPerSecond), seed: seed)
            let success = drive(agent, starts, camera, seed: seed, into: &memory)
            var parts: [String: Double] = [:], misses = 0.0
            for _ in 0 ..< updates {
                let (clips, actions, scores) = batch(memory, using: &generator)
                let (loss, _) = world.memory.loss(clips, actions: actions, using: &generator)
                loss.backward()
                try loop.check(loss.item, clipGradients(of: world.memory.parameters, to: 1))
                worldOptimizer.step(learningRate: 2 * plan.learningRate)
                misses += Double(loss.item) / Double(updates)
                parts = try learn(
                    agent, optimizer, clips, actions: actions, scores: scores, rate: plan.learningRate, loop, &generator)
                loop.done(loss: misses)
            }
            let seen = memory.scores.reduce(0) { $0 + $1.count }
            loop.log(every: 1, parts.merging(["frames": Double(seen), "success": success, "world": misses]) { $1 })
            loop.note(String(
                format: "round %d: %d frames seen, finds %.2f of its toys; the memory's loss %.2f; score %.2f in the dream, entropy %.2f",
                round, seen, success, misses, parts["dream_reward"]!, parts["entropy"]!))
        }
        let run = loop.run, folder = run.file("world"), file = folder.appendingPathComponent("model.safetensors")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let eyeFile = URL(fileURLWithPath: command.world).appendingPathComponent(RecurrentWorldModel.eyeName)
        let kind = try Checkpoint.metadata(kind: RecurrentWorldModel.kind, configuration: world.configuration)
        try Checkpoint.write(world.tensors, metadata: kind, to: file)
        try run.keep(file, as: "world/model.safetensors")
        try run.keep(eyeFile, as: "world/\(RecurrentWorldModel.eyeName)")
        run.keep(judge.bytes, as: DreamOptions.scorerName)
        try run.drawChart("success.png", title: "from nothing", yLabel: "0...1", of: ["success", "dream_reward"])
        try loop.finish(chart: "success.png", next: "validate-policy")
    }

    /// Drives from each start to the end, whatever it finds on the way, and remembers it. -> The share that had found the toy, as `drive`
    /// counts it.
    private func drive(_ agent: StateAgent, _ starts: [World], _ camera: Camera, seed: UInt64, into memory: inout Memory) -> Double {
        let driver = PolicyDriver(agent, seed: seed)
        driver.begin(episodes: starts.count)
        var worlds = starts, moments = starts.map { [$0] }
        var actions = starts.map { _ in [Action]() }, frames = starts.map { _ in [[UInt8]]() }
        var stood = starts.map { _ in 0 }, found = starts.map { _ in false }
        for _ in 0 ..< steps {
            for i in worlds.indices { frames[i].append(camera.pixels(of: worlds[i])) }
            let chosen = driver.decide(worlds.indices.map {
                Situation(episode: $0, world: worlds[$0], frames: frames[$0], actions: actions[$0])
            })
            for (i, action) in chosen.enumerated() {
                worlds[i].step(action)
                moments[i].append(worlds[i])
                actions[i].append(action)
                stood[i] = DriveTask().isAtGoal(worlds[i], after: action) ? stood[i] + 1 : 0
                found[i] = found[i] || stood[i] >= DriveTask().stopped
            }
        }
        for i in starts.indices {
            let seen = cameraFrames(of: moments[i], camera)
            memory.latents.append(eye.numbers(of: seen.reshaped([1] + seen.shape)).reshaped([steps + 1, -1]))
            memory.actions.append(actions[i].map(\.rawValue))
            memory.scores.append(judge.model.rewards(of: seen))
        }
        return Double(found.filter { $0 }.count) / Double(found.count)
    }

    /// Clips of what is remembered, all of it equally likely.
    private func batch(_ memory: Memory, using generator: inout SeededGenerator) -> (clips: Tensor, actions: [Int], scores: [Float]) {
        let places = (0 ..< plan.batchSize).map { _ in
            ClipPlace(episode: generator.integer(below: memory.latents.count), start: generator.integer(below: steps + 2 - frames))
        }
        let clips = places.map { memory.latents[$0.episode].sliced(axis: 0, $0.start ..< $0.start + frames).reshaped([1, frames, -1]) }
        return (.concatenated(clips, axis: 0), places.flatMap { memory.actions[$0.episode][$0.start ..< $0.start + frames - 1] },
                places.flatMap { memory.scores[$0.episode][$0.start ..< $0.start + frames] })
    }
}
