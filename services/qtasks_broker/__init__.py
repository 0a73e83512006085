"""The broker service: settings → broker → servicers → server."""
