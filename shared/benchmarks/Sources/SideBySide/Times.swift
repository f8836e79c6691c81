// Times.swift - how long does it take, and which of several times counts?

import Foundation

public func milliseconds(_ body: () -> Void) -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
}

public func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// Milliseconds of both sides; theirs may be missing.
public struct Times: CustomStringConvertible {
    public let ours: [Double], theirs: [Double]

    public init(ours: [Double], theirs: [Double]) { (self.ours, self.theirs) = (ours, theirs) }

    public var description: String {
        let swift = String(format: "swift median %.1f ms, best %.1f", median(ours), ours.min()!)
        guard !theirs.isEmpty else { return swift }
        let pytorch = String(format: "; pytorch median %.1f ms, best %.1f", median(theirs), theirs.min()!)
        return swift + pytorch + String(format: "; swift is %.2f times as fast (medians), %.2f (best against best)",
                                        median(theirs) / median(ours), theirs.min()! / ours.min()!)
    }
}

/// Turns of both sides at the same thing, ours a few times first to get warm.
public func taken(turns: Int, ours: () -> Void, _ opponent: PyTorch?, _ request: String) -> Times {
    struct Answer: Decodable { let milliseconds: Double }
    for _ in 0 ..< 3 { ours() }
    var own: [Double] = [], theirs: [Double] = []
    for _ in 0 ..< turns {
        own.append(milliseconds(ours))
        if let answer = opponent?.ask(request, as: Answer.self) { theirs.append(answer.milliseconds) }
    }
    return Times(ours: own, theirs: theirs)
}
