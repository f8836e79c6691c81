// Prompts.swift - which words is the robot rewarded for?
//
// They stand here and nowhere else. A scorer that was fine-tuned on one sentence and is asked with another measures how alike the
// sentences are, not how good the picture is: that mistake makes no error message, only a worse robot.

/// The two sentences that a picture is compared with.
public enum Prompts {
    /// What the robot is to see.
    public static let positive = "a red Kong dog toy centered in the frame"
    /// What it sees when it has failed.
    public static let negative = "an empty kitchen floor with no toy"
}
