// MappedFiles.swift - what if a file becomes shorter while it is mapped?
//
// A mapped file is memory, until somebody cuts it, or copies another over it: then the pages behind its new end are gone, and whoever
// touches them is ended by the signal SIGBUS, without a word. The word is spoken here: which file it was, and what to do. (Files that are
// replaced by renaming, as all of this workbook are, stay what they were for those who have them open.)

import Foundation

enum MappedFiles {
    /// A row of a table that a signal handler may read: it allocates nothing and takes no lock.
    private struct Row { var start: UInt, end: UInt, line: UnsafeMutablePointer<CChar>?, length: Int }
    private static let capacity = 1 << 16
    private nonisolated(unsafe) static let rows = UnsafeMutablePointer<Row>.allocate(capacity: capacity)
    private nonisolated(unsafe) static var count = 0, free: [Int] = [], placeOf: [UInt: Int] = [:]
    private static let lock = NSLock()

    static func add(_ start: UnsafeMutableRawPointer, _ size: Int, _ url: URL) {
        lock.lock()
        defer { lock.unlock() }
        if count == 0 { watch() }
        // More files than rows are read as well as any; only the last words would lack.
        guard let place = free.popLast() ?? (count < capacity ? count : nil) else { return }
        let text = "Error: \(SafeTensorsError(url, "was cut or overwritten while it was read; put the whole file back and start again")) \n"
        rows[place] = Row(
            start: UInt(bitPattern: start), end: UInt(bitPattern: start) + UInt(size), line: strdup(text), length: text.utf8.count)
        placeOf[UInt(bitPattern: start)] = place
        count = max(count, place + 1)
    }

    static func remove(_ start: UnsafeRawPointer) {
        lock.lock()
        defer { lock.unlock() }
        guard let place = placeOf.removeValue(forKey: UInt(bitPattern: start)) else { return }
        let line = rows[place].line
        rows[place] = Row(start: 0, end: 0, line: nil, length: 0)
        Foundation.free(line)
        free.append(place)
    }

    private static func watch() {
        var action = sigaction()
        let handler: @convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void = { _, info, _ in
            #if canImport(Glibc)
            let address = UInt(bitPattern: info?.pointee._sifields._sigfault.si_addr)
            #else
            let address = UInt(bitPattern: info?.pointee.si_addr)
            #endif
            for place in 0 ..< MappedFiles.count where MappedFiles.rows[place].start <= address && address < MappedFiles.rows[place].end {
                beforeLastWords?()
                _ = write(STDERR_FILENO, MappedFiles.rows[place].line, MappedFiles.rows[place].length)
                _exit(1)
            }
            signal(SIGBUS, SIG_DFL)     // no file of ours: it happens again, and ends as it would have
        }
        #if canImport(Glibc)
        action.__sigaction_handler.sa_sigaction = handler
        #else
        action.__sigaction_u.__sa_sigaction = handler
        #endif
        action.sa_flags = Int32(SA_SIGINFO)
        sigaction(SIGBUS, &action, nil)
    }
}

/// What to do first when a mapped file has become shorter, for example give a terminal back. Only system calls are allowed in it.
public nonisolated(unsafe) var beforeLastWords: (@convention(c) () -> Void)?
