// AgentCommandTests.swift - do agents learn from end to end, stop and go on with the same bytes, drive, and refuse what they cannot use?

import CommandTesting
import Foundation
import Pictures
import PolicyInADream
import SafeTensors
import XCTest

final class AgentCommandTests: CommandTestCase {
    override func setUpWithError() throws {
        try super.setUpWithError()
        try MicroWorlds.write(to: folder)
    }

    private func train(_ family: String, _ more: String...) -> [String] {
        let own = ["actor-critic": ["--world", "pixels", "--eye-steps", "2", "--learn-reward"],
                   "actor-critic, judged by the scorer": ["--world", "pixels", "--eye-steps", "2"], "dreamer3": ["--world", "rssm"],
                   "dreamer4": ["--world", "shortcut", "--demonstrations", "demonstrations", "--cloning", "2"],
                   "video-plans": ["--tokenizer", "eye", "--action-model", "namer", "--sampling-steps", "2"]]
        let tiny = ["--data", "data", "--preset", "tiny", "--batch-size", "2", "--threads", "1"],
            dream = family == "video-plans" ? [] : ["--horizon", "2"]
        return ["train-policy", command(family)] + tiny + dream + own[family]! + more
    }

    private func command(_ family: String) -> String { String(family.prefix { $0 != "," }) }

    private func stopAndGoOn(_ family: String, _ validated: String...) throws {
        try succeed(train(family, "--run", "whole", "--steps", "6"))
        let output = try succeed(train(family, "--run", "parts", "--steps", "6", "--stop-at", "3"))
        XCTAssertTrue(output.contains("go on with: train-policy \(command(family)) --data data --run parts --resume"), output)
        for world in ["pixels", "rssm", "shortcut", "eye", "namer"] {
            try FileManager.default.moveItem(at: file(world), to: file("\(world)-moved"))
        }
        try succeed(["train-policy", command(family), "--data", "data", "--run", "parts", "--resume"])
        try assertSameFiles(["model.safetensors", "training-state.safetensors"], in: "whole", and: "parts", line: #line)
        // The run is complete in itself: the world that it learned in is no longer where it was.
        try succeed(["validate-policy", "--data", "data", "--run", "parts", "--episodes", "2", "--threads", "1"])
        let numbers = try XCTUnwrap(
            JSONSerialization.jsonObject(with: Data(contentsOf: file("checkpoints/parts/validation.json"))) as? [String: Any])
        for name in [
            "dream_reward", "floor_reward", "drive_success", "likeliest_drive_success", "random_drive_success", "standing_drive_success",
                     "oracle_drive_success", "drive_success_out_of_view", "seconds_per_decision"] + validated {
            XCTAssertNotNil(numbers[name] as? Double, name)
        }
        let driven = try succeed([
            "drive", "--driver", "policy", "--policy", "parts", "--data", "data", "--episodes", "3", "--max-steps", "3",
        ])
        for words in ["success", "random", "oracle", "3 episodes"] { XCTAssertTrue(driven.contains(words), driven) }
        XCTAssertNoThrow(try Image(pngAt: file("checkpoints/parts/drive.png")))
    }

    func testActorCritic() throws { try stopAndGoOn("actor-critic", "learned_reward_spearman") }
    func testActorCriticJudgedByTheScorer() throws { try stopAndGoOn("actor-critic, judged by the scorer") }
    func testDreamer3() throws { try stopAndGoOn("dreamer3") }
    func testDreamer4() throws { try stopAndGoOn("dreamer4", "cloned_drive_success", "cloned_dream_reward") }

    func testVideoPlans() throws {
        try stopAndGoOn(
            "video-plans", "wish_centered_drawn", "wish_left_came", "loss_told", "plan_psnr_db", "read_accuracy",
            "wished_away_drive_success", "unheard_drive_success")
        XCTAssertNoThrow(try Image(pngAt: file("checkpoints/parts/plans.png")))
        // Eye, reader and scorer lie beside the model, and belong to it.
        try Data(contentsOf: file("rssm-moved/eye.safetensors")).write(to: file("checkpoints/parts/tokenizer.safetensors"))
        try refuse(["validate-policy", "--data", "data", "--run", "parts"], "parts/tokenizer.safetensors", "is not the one")
    }

    /// Another run's weights and the spread of its returns are gone on with; a judge is not lost in silence.
    func testFromAnotherRun() throws {
        try succeed(train("actor-critic", "--run", "first", "--steps", "3"))
        let second = [
            "train-policy", "actor-critic", "--data", "data", "--preset", "tiny", "--batch-size", "2", "--horizon", "2", "--threads", "1",
            "--world", "pixels", "--from", "first", "--steps", "1", "--learning-rate", "1e-12",
        ]
        try refuse(second + ["--run", "other"], "first/model.safetensors", "judged by a network", "--learn-reward")
        try succeed(second + ["--run", "second", "--learn-reward"])
        let files = try ["first", "second"].map { try SafeTensorsFile(contentsOf: file("checkpoints/\($0)/model.safetensors")) }
        for name in files[0].names {
            for (x, y) in zip(try files[0].floats(name), try files[1].floats(name)) { XCTAssertEqual(x, y, accuracy: 1e-9, name) }
        }
        let scales = try files.map { file -> Float in
            let text = try XCTUnwrap(file.metadata["configuration"])
            return try JSONDecoder().decode(PixelAgent.Configuration.self, from: Data(text.utf8)).scale.range
        }
        XCTAssertGreaterThan(scales[1], scales[0] * 0.98)
        XCTAssertGreaterThan(scales[0], 0)
    }

    func testFromNothing() throws {
        let output = try succeed(train("dreamer3", "--run", "online", "--online", "--rounds", "2", "--round-episodes", "2", "--steps", "2"))
        XCTAssertTrue(output.contains("round 2: 100 frames seen"), output)
        try succeed(["validate-policy", "--data", "data", "--run", "online", "--episodes", "2", "--threads", "1"])
        try refuse(train("dreamer3", "--run", "few", "--online", "--rounds", "3", "--steps", "2"), "--rounds 3", "2 updates")
    }

    func testWhatIsRefused() throws {
        try refuse(train("actor-critic", "--run", "new", "--horizon", "0"), "--horizon")
        try refuse(train("actor-critic", "--run", "new", "--temperature", "-1"), "--temperature")
        try refuse(
            train("actor-critic", "--run", "new", "--world", "nowhere"), "nowhere/model.safetensors: no such checkpoint", "train-dynamics")
        try refuse(train("actor-critic", "--run", "new", "--scorer", "pixels"), "pixels/model.safetensors", "not a reward-scorer")
        try refuse(train("dreamer3", "--run", "new", "--world", "pixels"), "pixels: keeps no state", "train-dynamics recurrent")
        try refuse(train("dreamer4", "--run", "new", "--world", "rssm"), "rssm: is not a shortcut model", "train-dynamics shortcut-forcing")
        try refuse(train("dreamer4", "--run", "new", "--demonstrations", "nowhere"), "nowhere/train", "episodes record")
        try refuse(train("dreamer4", "--run", "new", "--steps", "2"), "--cloning 2", "--steps")
        try refuse(train("video-plans", "--run", "new", "--followed", "4"), "--followed must be 1 to 3")
        try refuse(train("video-plans", "--run", "new", "--guidance", "-1"), "--guidance")
        try refuse(train("video-plans", "--run", "new", "--wish", ""), "--wish")
        try refuse(train("video-plans", "--run", "new", "--action-model", "eye"), "eye/model.safetensors", "latent-action-model")
        try refuse(["train-policy", "dreamer3", "--data", "data", "--online", "--resume"], "--online", "--overwrite")
        try refuse(["validate-policy", "--data", "data", "--run", "default"], "which is no policy")
        try refuse(
            ["drive", "--driver", "policy", "--policy", "nowhere", "--data", "data"],
            "checkpoints/nowhere/model.safetensors: no such checkpoint", "train-policy")
        try refuse(["drive", "--driver", "policy", "--one-motor", "--data", "data"], "--one-motor")
        let imported = MicroWorlds.episode(seed: 0)
        var other = imported
        other.metadata["action_names"] = "a,b,c,d,e"
        try other.write(to: file("data/train/0.safetensors"))
        try refuse(train("actor-critic", "--run", "new"), "data/train/0.safetensors", "not those of the simulated robot")
    }
}
