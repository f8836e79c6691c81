// Buffer.swift - where do a tensor's numbers live, and why does memory not grow from step to step?
//
// A training step makes the same one or two thousand arrays again and again. So a buffer that is no longer used goes onto a
// shelf, sorted by size, and the next array of that size takes it from there: after the first step nothing is asked of the
// system any more, on any system, and `bytesAllocated` stands still for a test to see. When shapes change (fewer dreams in a batch), what
// has long been of no use makes room for the new ones. Arrays whose size differs a little from step
// to step (as many rows as tokens were masked) share a place: sizes are rounded up to one of eight in each doubling.
//
// Every buffer starts at a multiple of 64 bytes and has room for a multiple of 16 numbers. So an elementwise
// loop may run in whole vectors to the end: what it computes beyond `count` is nobody's number.

import Foundation

/// A 64-byte aligned array of Float32, returned to the shelf when the last tensor that uses it is gone.
final class Buffer {
    let pointer: UnsafeMutablePointer<Float>
    private let capacity: Int

    init(count: Int) {
        let octave = Int.bitWidth - max(count, 1).leadingZeroBitCount  // count is below 2^octave
        let step = max(16, 1 << max(0, octave - 4))
        capacity = (max(count, 1) + step - 1) / step * step
        pointer = Memory.take(capacity)
    }

    deinit { Memory.giveBack(pointer, capacity) }
}

/// The shelf of buffers, and how much memory tensors hold.
public enum Memory {
    private typealias Waiting = (pointer: UnsafeMutablePointer<Float>, since: Int)
    private static let lock = NSLock()
    /// By size; of each size the one that came last is taken first, so those that have waited longest stand in front.
    private static var shelf: [Int: [Waiting]] = [:]
    /// Counts the buffers that were taken.
    private static var clock = 0
    /// A training step takes one or two thousand buffers. What was not needed for so long is of shapes
    /// that are over: other batches, another phase.
    static let patience = 5000

    /// Bytes taken from the system so far: in use, or waiting on the shelf.
    public private(set) static var bytesAllocated = 0

    static func take(_ capacity: Int) -> UnsafeMutablePointer<Float> {
        lock.lock()
        defer { lock.unlock() }
        clock += 1
        if let used = shelf[capacity]?.popLast() { return used.pointer }
        // A new shape. Where all shapes have been there before, nobody comes here, and everything stays on the shelf.
        giveUp { $0.since < clock - patience }
        bytesAllocated += capacity * 4
        return system(capacity)
    }

    static func giveBack(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
        lock.lock()
        defer { lock.unlock() }
        shelf[capacity, default: []].append((pointer, clock))
    }

    /// Returns what waits on the shelf to the system. Worth a call between phases of very different shapes.
    public static func empty() {
        lock.lock()
        defer { lock.unlock() }
        giveUp { _ in true }
    }

    /// Returns what has waited too long.
    private static func giveUp(_ isTooLong: (Waiting) -> Bool) {
        for (capacity, waiting) in shelf {
            let count = waiting.firstIndex { !isTooLong($0) } ?? waiting.count
            if count == 0 { continue }
            waiting[..<count].forEach { free($0.pointer, capacity) }
            shelf[capacity] = count == waiting.count ? nil : Array(waiting[count...])
            bytesAllocated -= capacity * 4 * count
        }
    }

    // The C library keeps what it is given back, in pieces that fit nothing, unless it is large. So pages are had from the system itself.

    private static let smallest = 1 << 16

    private static func system(_ capacity: Int) -> UnsafeMutablePointer<Float> {
        guard capacity >= smallest else {
            return UnsafeMutableRawPointer.allocate(byteCount: capacity * 4, alignment: 64).bindMemory(to: Float.self, capacity: capacity)
        }
        guard let pages = mmap(nil, capacity * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0), pages != MAP_FAILED else {
            fatalError("the system has no \(capacity * 4) bytes of memory left")
        }
        return pages.bindMemory(to: Float.self, capacity: capacity)
    }

    private static func free(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
        if capacity >= smallest { munmap(pointer, capacity * 4) } else { UnsafeMutableRawPointer(pointer).deallocate() }
    }
}
