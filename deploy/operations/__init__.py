"""Operations that the steps share, each a no-op when nothing must change."""
