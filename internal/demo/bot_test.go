package demo

// kill ends the bot as a power cut would.
func (b *bot) kill() { b.Kill() }
