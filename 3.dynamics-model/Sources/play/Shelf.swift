// Shelf.swift - which worlds are there to play in?
//
// Every run of this stage, of whatever kind, and the weights that came with the workbook. One that is chosen is opened then, and stays
// open.

import Foundation
import Training
import WorldModels
import Worlds

final class Shelf {
    /// What can be chosen, in the order in which it is shown.
    let names: [String]
    private let folders: [String: URL]
    private var open: [String: any WorldModel]

    /// - Parameter first: the world that is open already, and its run.
    init(_ first: any WorldModel, of run: TrainedRun) {
        let checkpoints = URL(fileURLWithPath: "checkpoints")
        let runs = ((try? FileManager.default.contentsOfDirectory(atPath: checkpoints.path)) ?? []).sorted()
        var folders = [PretrainedWeights.run: URL(fileURLWithPath: PretrainedWeights.run)]
        for name in runs { folders[name] = checkpoints.appendingPathComponent(name) }
        folders = folders.filter { PretrainedWeights.hasModel($0.value) }
        folders[run.name] = run.weights
        self.folders = folders
        names = folders.keys.sorted { ($0 != run.name ? 1 : 0, $0) < ($1 != run.name ? 1 : 0, $1) }
        open = [run.name: first]
    }

    /// - Throws: `TrainingError` or `SafeTensorsError` when the run is damaged, or of no kind of this stage.
    func world(_ name: String) throws -> any WorldModel {
        if let world = open[name] { return world }
        guard let folder = folders[name] else {
            throw TrainingError("there is no run '\(name.prefix(80))'; there are \(names.joined(separator: ", "))")
        }
        let world = try Worlds.open(folder)
        open[name] = world
        return world
    }
}
