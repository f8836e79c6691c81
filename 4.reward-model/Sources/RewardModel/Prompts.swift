// Prompts.swift - which words is the robot rewarded for?
//
// They stand here and nowhere else. A scorer that was fine-tuned on some sentences and is asked with others measures how alike the
// sentences are, not how good the picture is: that mistake makes no error message, only a worse robot.

/// The sentences that a picture is compared with. What counts is their mean direction on each side.
public enum Prompts {
    /// What the robot is to see, in four ways.
    public static let positive = [
        "a red Kong dog toy centered in the frame", "a red toy in the center", "a red toy in the middle of the frame",
        "a red toy straight ahead",
    ]
    /// What it sees when it has failed: nothing, or the toy where it should not be.
    public static let negative = [
        "an empty kitchen floor with no toy", "a red toy far to the left", "a red toy far to the right",
    ]
}
