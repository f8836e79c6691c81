// Workers.swift - how do two cores share one operation, with the same result every time?
//
// Each worker writes its own rows, heads or frames; nothing is added up in the order in which workers happen
// to finish. Which worker does a part may change from run to run, what it computes may not.
//
// A training step is some five hundred operations, many of them shorter than the time in which the system wakes a thread.
// So a worker that has run out of work watches for the next for a moment, and only then goes to sleep.

import Foundation
import Synchronization

/// The threads that operations run on.
public enum Workers {
    /// How many parts an operation is cut into. Set it once, at the start: it decides the order of some sums.
    public static var count = ProcessInfo.processInfo.activeProcessorCount

    /// Cuts `0 ..< total` into one range a worker, none smaller than `minimum` (sharing costs a microsecond or two), each
    /// starting at a multiple of `multiple`. `body` gets the number of the part and its range.
    public static func split(_ total: Int, minimum: Int = 1, multiple: Int = 1, _ body: (_ part: Int, _ range: Range<Int>) -> Void) {
        let parts = max(1, min(count, total / max(minimum, 1)))
        let size = ((total + parts - 1) / parts + multiple - 1) / multiple * multiple
        run(parts) { part in
            let range = min(total, part * size) ..< min(total, (part + 1) * size)
            if !range.isEmpty { body(part, range) }
        }
    }

    /// Calls `body` once for each number below `parts`, at most 65,535, on `count` threads, and returns when all are done.
    public static func run(_ parts: Int, _ body: (Int) -> Void) {
        precondition(parts <= 0xFFFF, "\(parts) parts; the ticket counts to 65535")
        // One at a time: a part that itself wants to share does its work alone.
        guard parts > 1, count > 1, !isBusy.exchange(true, ordering: .acquiring) else {
            for part in 0 ..< parts { body(part) }
            return
        }
        while helpers.count < count - 1 { helpers.append(Helper()) }
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { job in
                Workers.job.store(UInt(bitPattern: job), ordering: .relaxed)
                unfinished.store(parts, ordering: .relaxed)
                let call = (ticket.load(ordering: .relaxed) >> 32 &+ 1) << 32
                ticket.store(call | UInt64(parts) << 16, ordering: .sequentiallyConsistent)
                for helper in helpers { helper.wake() }
                while takePart() {}
                var rounds = 0
                while unfinished.load(ordering: .acquiring) > 0 {
                    rounds += 1
                    if rounds > 20_000 { sched_yield() }  // the other thread has lost its core
                }
            }
        }
        isBusy.store(false, ordering: .releasing)
    }

    // The operation in progress. The ticket holds, in one number that changes in one step: which call it is (32 bits), how
    // many parts it has (16) and the next part to take (16). A thread that comes late finds it changed, and takes nothing.
    private static let ticket = Atomic<UInt64>(0)
    private static let job = Atomic<UInt>(0)
    private static let unfinished = Atomic<Int>(0)
    private static let isBusy = Atomic<Bool>(false)
    private static var helpers: [Helper] = []

    private static var isWorkWaiting: Bool {
        let t = ticket.load(ordering: .sequentiallyConsistent)
        return t & 0xFFFF < t >> 16 & 0xFFFF
    }

    /// Does the next part of the operation, if there is one.
    private static func takePart() -> Bool {
        while true {
            let t = ticket.load(ordering: .acquiring)
            guard t & 0xFFFF < t >> 16 & 0xFFFF else { return false }
            let address = job.load(ordering: .relaxed)
            guard ticket.compareExchange(expected: t, desired: t &+ 1, ordering: .acquiringAndReleasing).exchanged else { continue }
            // This part is ours, so the call has not returned and its closure is there.
            UnsafePointer<(Int) -> Void>(bitPattern: address)!.pointee(Int(t & 0xFFFF))
            unfinished.subtract(1, ordering: .releasing)
            return true
        }
    }

    /// A thread beside the one that calls.
    private final class Helper: Sendable {
        private let isAsleep = Atomic<Bool>(false)
        private let alarm = DispatchSemaphore(value: 0)

        init() {
            let thread = Thread { [self] in
                while true {
                    var rounds = 0
                    while rounds < 20_000 { rounds = takePart() ? 0 : rounds + 1 }  // some 50 microseconds
                    isAsleep.store(true, ordering: .sequentiallyConsistent)
                    // Work that came while it lay down, or an alarm that is already ringing, or sleep.
                    if !isWorkWaiting || !isAsleep.exchange(false, ordering: .sequentiallyConsistent) { alarm.wait() }
                }
            }
            thread.stackSize = 8 << 20
            thread.start()
        }

        func wake() {
            if isAsleep.load(ordering: .sequentiallyConsistent), isAsleep.exchange(false, ordering: .sequentiallyConsistent) {
                alarm.signal()
            }
        }
    }
}
