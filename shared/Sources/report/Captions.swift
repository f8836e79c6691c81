// Captions.swift - what is there to notice in a picture, and what to try when it has been seen?

enum Captions {
    /// A file, the number of its stage, and what there is to notice, in the order in which a page shows them.
    private static let text = """
        preview.gif data Episodes, as the robot saw them. How much of a frame was already in the one before?
        contact-sheet.png data One stretch of an episode a row, with the action that follows under each frame. Turning moves \
            everything, driving hardly anything.
        drive.gif any Left: what the robot sees, and where it truly stands. Right: the futures that it imagines, a row for each \
            action, their rewards as green bars; the frame marks the one that it follows. Look for the moment when the bars \
            begin to differ.
        imagination.gif any Left: what really happened. Beside it what was imagined from the first four frames and the same \
            actions: the mean, and a sample where a model draws one. When do walls and doors begin to drift?
        reconstructions.png 1 Above: frames of episodes that the model was not trained on. Below: the same after they went through \
            the tokens. The toy is the first small thing to be lost: is it still there?
        reconstructions-unseen-rooms.png 1 The same in rooms that no training episode shows: floors and walls lose their patterns \
            first.
        codebook.png 1 How often each code is used, most used first. A cliff to the right would be dead codes.
        random-tokens.png 1 Tokens drawn at random, decoded. What has no structure in tokens has none in pixels: the order of \
            tokens, not the decoder, makes a kitchen.
        attention.png 1 Whom a patch of the encoder listens to, block by block: the paler, the less. All alike at first, then \
            what belongs to the same thing.
        futures.png 2 One frame, and what the decoder makes of it for each of the eight codes. Each code should be a motion of its \
            own; two may share one.
        predictions.png 2 The next frame as it came, and as it was predicted from the last frame and the code.
        codes.png 2 How often each code fell on each true action. A code that lies in one column means that action; nobody ever \
            told the model what actions there are.
        gates.png 2 How far each code opens the gates of the decoder's layers: what a code does not need it leaves shut.
        labels.png 2 How many labels would have done the same? Labels name codes (one line), or train a model of their own (the \
            other).
        imagination.png 3 The same start, one row an action. Turning left and turning right must part at once.
        horizon.png 3 How near imagined frames stay to the truth, step by step, beside the copy of the last frame and beside the \
            actions of another clip: where the lines meet, imagination has forgotten what it saw.
        rollouts.png 3 Real frames, and below them what was imagined: the mean of what is possible, and a sample where a model \
            draws one. It blurs before it errs.
        divergence.png 3 Imagined minus real, twice as bright: black is right. Errors begin at edges, and where something comes \
            into view.
        order.png 3 In which order the tokens of a frame are filled in: the sure ones first.
        episode.png 4 The reward along an episode in a room without labels: the fine-tuned scorer should follow the true reward.
        rewards.png 4 All rewards as a histogram. Two towers at 0 and 1, and nothing between, would rank nothing.
        labels.png 4 What few labels are worth to a model that has read captions before, and to one that has not.
        drive.png 4 The beginning, the middle and the end of one episode.
        captions.png 4 What the scorer was pretrained on: pictures and sentences. No red Kong is in any of them.
        comparison.png any All models on the same clips. Who is near the truth, and for how long?
        comparison-rollouts.png any The same clip as each model imagines it. A high PSNR may be fog: look.
        samples.png any As it looked on the way.
        loss.png any The loss over the steps. A validation line that turns up while the other goes down has begun to learn by \
            heart.
        psnr.png any Nearness to the truth over the steps.
        retrieval.png any How often a picture in another room gets a caption that fits.
        """

    static let order = text.split(separator: "\n").map { line in
        let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
        return (file: parts[0], stage: parts[1], text: parts[2])
    }

    static func caption(of file: String, in stage: String) -> String {
        let number = stage == "data" ? stage : String(stage.prefix(1))
        return order.first { $0.file == file && ["any", number].contains($0.stage) }?.text ?? ""
    }

    struct Stage { let title, question, headline: String, next: [(command: String, why: String)] }

    static func stage(_ folder: String) -> Stage { stages[folder] ?? Stage(title: folder, question: "", headline: "", next: []) }

    private static let data = "--data ../1.video-tokenizer/data/default"
    private static let stages: [String: Stage] = [
        "1.video-tokenizer": Stage(
            title: "1 · The video tokenizer", question: "How does a video become a short row of symbols, and a video again?",
            headline: "psnr_db",
            next: [("train-tokenizer --preset tiny --run vq --quantizer vq --no-revive-dead-codes",
                    "Watch a codebook die: codebook_usage in validate-tokenizer --run vq."),
                   ("train-tokenizer --run longer --steps 4800", "Does twice the time buy half the error?")]),
        "2.inverse-dynamics": Stage(
            title: "2 · Actions", question: "Where do actions come from, when nobody wrote them down?", headline: "action_accuracy",
            next: [("train-actions \(data) --preset tiny --run nobody --teacher nobody",
                    "Genie's own way, without a teacher: how long until a code means something?")]),
        "3.dynamics-model": Stage(
            title: "3 · The dynamics model", question: "What happens next, if I do this?", headline: "rollout_psnr_db",
            next: [("play --web", "Drive in it with the arrow keys; turn away from something and back: is it still there?"),
                ("imagine \(data) --actions left*12 --temperature 1", "A sample in place of the mean: sharper, and wrong in other ways."),
            ]),
        "4.reward-model": Stage(
            title: "4 · The reward model, and the robot", question: "Was that good?", headline: "drive_success",
            next: [("drive --start out-of-view --episodes 20", "Where the toy is behind the robot, it has to look around first."),
                   ("drive --horizon 1", "How much of the success is imagination?"), ("drive --simulator", "And with a perfect one?")]),
    ]
}
