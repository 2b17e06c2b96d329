// Loaded into the fleet's processes before their own code: they must not outlive the bench, however it ends.
process.on('disconnect', () => process.exit(1));
