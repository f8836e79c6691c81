// Buffer.swift - where do a tensor's numbers live, and why does memory not grow from step to step?
//
// A training step makes the same few hundred arrays again and again. So a buffer that is no longer used goes onto a
// shelf, sorted by size, and the next array of that size takes it from there: after the first step nothing is asked of the
// system any more, on any system, and `bytesAllocated` stands still for a test to see. Arrays whose size differs a little from step
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
    private static let lock = NSLock()
    private static var shelf: [Int: [UnsafeMutablePointer<Float>]] = [:]

    /// Bytes taken from the system so far: in use, or waiting on the shelf.
    public private(set) static var bytesAllocated = 0

    static func take(_ capacity: Int) -> UnsafeMutablePointer<Float> {
        lock.lock()
        defer { lock.unlock() }
        if let used = shelf[capacity]?.popLast() { return used }
        bytesAllocated += capacity * 4
        return UnsafeMutableRawPointer.allocate(byteCount: capacity * 4, alignment: 64).bindMemory(to: Float.self, capacity: capacity)
    }

    static func giveBack(_ pointer: UnsafeMutablePointer<Float>, _ capacity: Int) {
        lock.lock()
        defer { lock.unlock() }
        shelf[capacity, default: []].append(pointer)
    }

    /// Returns what waits on the shelf to the system. Worth a call between phases of very different shapes.
    public static func empty() {
        lock.lock()
        defer { lock.unlock() }
        for (capacity, pointers) in shelf {
            pointers.forEach { UnsafeMutableRawPointer($0).deallocate() }
            bytesAllocated -= capacity * 4 * pointers.count
        }
        shelf = [:]
    }
}
