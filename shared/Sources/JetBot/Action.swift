// Action.swift - what can the robot do?
//
// Five things, as in an episode file: 0 stop, 1 turn left, 2 turn right, 3 forward, 4 backward. An action is
// a pair of wheel speeds that is held for the time of one kept frame.

/// One of the five actions; the raw value is the label in an episode file.
public enum Action: Int, CaseIterable, Codable, Sendable {
    case stop, turnLeft, turnRight, forward, backward

    /// Names in the order of the raw values.
    public static let names = ["stop", "turn left", "turn right", "forward", "backward"]

    public var name: String { Action.names[rawValue] }

    /// Speeds of the left and the right wheel, meters a second.
    public var wheels: (left: Float, right: Float) {
        // Wheels that run against each other turn the robot on the spot: rate = (right - left) / axle.
        let turn = Robot.turnRate * Robot.axle / 2
        switch self {
        case .stop: return (0, 0)
        case .turnLeft: return (-turn, turn)
        case .turnRight: return (turn, -turn)
        case .forward: return (Robot.speed, Robot.speed)
        case .backward: return (-Robot.speed, -Robot.speed)
        }
    }
}

/// The measures of the robot, in meters, seconds and radians.
public enum Robot {
    /// Nothing may come nearer to the middle of the axle than this.
    public static let radius: Float = 0.12
    /// Distance between the wheels.
    public static let axle: Float = 0.12
    /// 65 degrees a second: a quarter of a second moves the picture by one 8-pixel patch.
    public static let turnRate: Float = 65 * .pi / 180
    public static let speed: Float = 0.28
}
