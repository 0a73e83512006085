"""For people who test their apps, and for authors of components."""
