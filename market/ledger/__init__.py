"""The append-only Merkle log of every act, its checkpoints and its proofs."""
